package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

const progressInterval = time.Second

// progress writes a line about how far things are, once a second: over the line before on a terminal,
// below it elsewhere.
type progress struct {
	output   io.Writer
	provider *telemetry.Provider
	agent    *agent
	sessions int
	ending   string
	quit     chan struct{}
	done     chan struct{}
}

func startProgress(output io.Writer, onTerminal bool, agent *agent, sessions int) *progress {
	p := &progress{
		output: output, provider: agent.provider, agent: agent, sessions: sessions, ending: "\n",
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	if onTerminal {
		p.ending = "\r"
	}
	go p.run()
	return p
}

// stop writes the last line.
func (p *progress) stop() {
	close(p.quit)
	<-p.done
}

func (p *progress) run() {
	defer close(p.done)
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.write(p.ending)
		case <-p.quit:
			p.write("\n")
			return
		}
	}
}

func (p *progress) write(ending string) {
	stats := p.provider.Stats()
	total := ""
	if p.sessions > 0 {
		total = fmt.Sprintf(" of %d", p.sessions)
	}
	line := fmt.Sprintf("sessions %d%s", p.agent.finished.Load(), total)
	for _, signal := range delivery.Signals() {
		line += fmt.Sprintf(" · %s %d of %d", signal, stats[signal].Delivered, stats[signal].Recorded)
	}
	// Blanks cover what is left of a longer line.
	fmt.Fprintf(p.output, "%s · dropped %d   %s", line, stats.DroppedTotal(), ending)
}

func isTerminal(output io.Writer) bool {
	file, ok := output.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
