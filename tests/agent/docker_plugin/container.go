package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/nomad/structs"
	"github.com/hashicorp/nomad/plugins/drivers"
)

// killedByStop is the exit code of a process that ends on SIGTERM.
const killedByStop = 143

// container is one running task.
type container struct {
	config    *drivers.TaskConfig
	script    *imageScript
	web       *web
	output    *output
	startedAt time.Time

	stopOnce sync.Once
	stop     chan struct{}
	ended    chan struct{}

	// result and endedAt are written before ended is closed and only read after that.
	result  *drivers.ExitResult
	endedAt time.Time
}

func newContainer(config *drivers.TaskConfig, script *imageScript, web *web, output *output) *container {
	return &container{
		config:    config,
		script:    script,
		web:       web,
		output:    output,
		startedAt: time.Now(),
		stop:      make(chan struct{}),
		ended:     make(chan struct{}),
	}
}

// run lives as long as the container does.
func (c *container) run() {
	c.output.say(c.script.Output)
	result := c.live()
	c.web.close()
	c.output.close()
	c.result = result
	c.endedAt = time.Now()
	close(c.ended)
}

func (c *container) live() *drivers.ExitResult {
	var exit <-chan time.Time
	if c.script.ExitAfterMS != nil {
		timer := time.NewTimer(milliseconds(*c.script.ExitAfterMS))
		defer timer.Stop()
		exit = timer.C
	}
	select {
	case <-exit:
		return c.ownExit()
	case <-c.stop:
	}
	<-time.After(c.script.stopDelay())
	code := c.script.StopExitCode
	if code == 0 {
		code = killedByStop
	}
	return exitWith(code)
}

// publishLater opens the ports of a container that needs time before it answers.
func (c *container) publishLater(ports []structs.AllocatedPortMapping, logger hclog.Logger) {
	select {
	case <-c.ended:
	case <-time.After(c.script.listenDelay()):
		if err := c.web.publish(ports); err != nil {
			logger.Error("cannot open the ports", "task", c.config.ID, "error", err)
		}
	}
}

func (c *container) ownExit() *drivers.ExitResult {
	if c.script.OOMKilled {
		return &drivers.ExitResult{ExitCode: 137, OOMKilled: true, Err: errors.New("OOM Killed")}
	}
	return exitWith(c.script.ExitCode)
}

// exitWith words an exit as Nomad's docker driver does.
func exitWith(code int) *drivers.ExitResult {
	if code == 0 {
		return &drivers.ExitResult{}
	}
	return &drivers.ExitResult{
		ExitCode: code,
		Err:      fmt.Errorf("Docker container exited with non-zero exit code: %d", code),
	}
}

// askToStop tells the container to end; asking twice is fine.
func (c *container) askToStop() {
	c.stopOnce.Do(func() { close(c.stop) })
}

func (c *container) running() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

func (c *container) status() *drivers.TaskStatus {
	status := &drivers.TaskStatus{
		ID:               c.config.ID,
		Name:             c.config.Name,
		State:            drivers.TaskStateRunning,
		StartedAt:        c.startedAt,
		DriverAttributes: map[string]string{"container_id": c.config.ID},
	}
	if !c.running() {
		status.State = drivers.TaskStateExited
		status.CompletedAt = c.endedAt
		status.ExitResult = c.result.Copy()
	}
	return status
}
