package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// DeviceIDStore keeps the id of this device from one run to the next. The runtime's keychain can be
// one.
type DeviceIDStore interface {
	// Load returns the id, or "" when none has been saved.
	Load(ctx context.Context) (string, error)
	// Save keeps an id. Where another process has saved one in the meantime, that one stays.
	Save(ctx context.Context, id string) error
}

// DefaultDeviceIDPath is the file that keeps the device id unless Config says otherwise:
// pryx/device_id in the user's configuration directory. It is "" where the user has none.
func DefaultDeviceIDPath() string {
	directory, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(directory, "pryx", "device_id")
}

// FileDeviceID keeps the device id in a file that only the user can read.
func FileDeviceID(path string) DeviceIDStore { return fileDeviceID(path) }

type fileDeviceID string

func (f fileDeviceID) Load(context.Context) (string, error) {
	if f == "" {
		return "", errors.New("there is no directory to keep the device id in")
	}
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the device id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Save writes a file beside the real one and links it into place, which is atomic and leaves an id
// that is there already: processes that start together end up with one id. A file without an id, which
// is what a crash of the machine can leave, is replaced.
func (f fileDeviceID) Save(ctx context.Context, id string) (err error) {
	directory := filepath.Dir(string(f))
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("make the directory of the device id: %w", err)
	}
	draft, err := os.CreateTemp(directory, ".device_id-*")
	if err != nil {
		return fmt.Errorf("write the device id: %w", err)
	}
	defer func() {
		if removeErr := os.Remove(draft.Name()); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}()
	_, err = draft.WriteString(id + "\n")
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the device id: %w", err)
	}
	err = os.Link(draft.Name(), string(f))
	if errors.Is(err, fs.ErrExist) {
		var kept string
		if kept, err = f.Load(ctx); err == nil && kept == "" {
			err = os.Rename(draft.Name(), string(f))
		}
	}
	if err != nil {
		return fmt.Errorf("keep the device id: %w", err)
	}
	return nil
}

// deviceID returns the id of this device, a new one where there is none. With an error it returns an
// id that holds for this run only.
func deviceID(ctx context.Context, store DeviceIDStore) (string, error) {
	id, err := store.Load(ctx)
	if err == nil && id != "" {
		return id, nil
	}
	fresh := uuid.NewString()
	if err != nil {
		return fresh, err
	}
	if err := store.Save(ctx, fresh); err != nil {
		return fresh, err
	}
	if id, err = store.Load(ctx); err != nil || id == "" {
		return fresh, errors.Join(err, errors.New("the device id was not kept"))
	}
	return id, nil
}
