package telemetry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/uuid"
)

func TestDeviceIDIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pryx", "device_id")
	first, err := deviceID(t.Context(), FileDeviceID(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := uuid.Validate(first); err != nil {
		t.Errorf("id %q: %v", first, err)
	}
	second, err := deviceID(t.Context(), FileDeviceID(path))
	if err != nil || second != first {
		t.Errorf("second run: %q, %v, want %q", second, err, first)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("files beside the id: %v, %v", entries, err)
	}
}

// TestAnEmptyFileIsReplaced: a file system may keep the name and lose the content when power fails.
func TestAnEmptyFileIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device_id")
	if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := deviceID(t.Context(), FileDeviceID(path))
	if err != nil {
		t.Fatal(err)
	}
	if second, err := deviceID(t.Context(), FileDeviceID(path)); err != nil || second != first {
		t.Errorf("second run: %q, %v, want %q", second, err, first)
	}
}

func TestProcessesThatStartTogetherShareADeviceID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device_id")
	const processes = 16
	ids := make([]string, processes)
	var group sync.WaitGroup
	for at := range processes {
		group.Go(func() {
			var err error
			if ids[at], err = deviceID(t.Context(), FileDeviceID(path)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different ids: %v", ids)
		}
	}
}

// brokenStore fails on demand.
type brokenStore struct{ load, save error }

func (s brokenStore) Load(context.Context) (string, error) { return "", s.load }

func (s brokenStore) Save(context.Context, string) error { return s.save }

func TestDeviceIDWithoutAStoreHoldsForTheRun(t *testing.T) {
	failure := errors.New("keychain is locked")
	for name, store := range map[string]DeviceIDStore{
		"load fails":        brokenStore{load: failure},
		"save fails":        brokenStore{save: failure},
		"nothing is kept":   brokenStore{},
		"there is no place": FileDeviceID(""),
	} {
		t.Run(name, func(t *testing.T) {
			id, err := deviceID(t.Context(), store)
			if err == nil || uuid.Validate(id) != nil {
				t.Errorf("id %q, error %v", id, err)
			}
		})
	}
}
