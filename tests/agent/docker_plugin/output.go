package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/nomad/plugins/drivers"
)

// output is what the container writes. Nomad's log process waits seconds for a pipe that nobody ever opened, so the
// pipes are opened even where there is nothing to say, and closed when the container ends or never starts.
type output struct {
	pipes []*os.File
}

// openOutput opens the task's pipes; a task without log collection has none.
func openOutput(config *drivers.TaskConfig) *output {
	opened := &output{}
	for _, path := range []string{config.StdoutPath, config.StderrPath} {
		about, err := os.Stat(path)
		if err != nil || about.Mode()&os.ModeNamedPipe == 0 {
			continue
		}
		// Open for both ways, because a pipe opened for writing alone waits for its reader.
		if pipe, err := os.OpenFile(path, os.O_RDWR, os.ModeNamedPipe); err == nil {
			opened.pipes = append(opened.pipes, pipe)
		}
	}
	return opened
}

func (o *output) say(text string) {
	if len(o.pipes) > 0 {
		fmt.Fprint(o.pipes[0], text)
	}
}

func (o *output) close() {
	for _, pipe := range o.pipes {
		_ = pipe.Close()
	}
	o.pipes = nil
}
