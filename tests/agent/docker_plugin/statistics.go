package main

import (
	"context"
	"time"

	"github.com/hashicorp/nomad/client/structs"
	"github.com/hashicorp/nomad/plugins/drivers"
)

const sampleEvery = 2 * time.Second

// TaskStats sends samples only where there is something to say: a scripted figure, or a GPU, whose figures Nomad adds
// to the task's own. Everywhere else the stream stays open and silent: the answer "not implemented" makes Nomad ask
// again every second, and an empty sample ends the plugin's server.
func (d *driver) TaskStats(ctx context.Context, id string, _ time.Duration) (<-chan *drivers.TaskResourceUsage, error) {
	found := d.find(id)
	if found == nil {
		return nil, drivers.ErrTaskNotFound
	}
	answers := make(chan *drivers.TaskResourceUsage)
	go func() {
		defer close(answers)
		if !found.measured() {
			found.wait(ctx)
			return
		}
		for found.running() {
			select {
			case <-ctx.Done():
				return
			case answers <- found.sample(time.Now()):
			}
			select {
			case <-ctx.Done():
				return
			case <-found.ended:
			case <-time.After(sampleEvery):
			}
		}
	}()
	return answers, nil
}

func (c *container) wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-c.ended:
	}
}

func (c *container) measured() bool {
	return len(c.config.DeviceEnv) > 0 || c.script.CPUPercent != nil || c.script.MemoryMB != nil
}

// sample names in Measured only what the script gives, so that a missing figure is not taken for zero.
func (c *container) sample(at time.Time) *drivers.TaskResourceUsage {
	cpu, memory := &structs.CpuStats{}, &structs.MemoryStats{}
	if c.script.CPUPercent != nil {
		cpu.Percent = *c.script.CPUPercent
		cpu.Measured = []string{"Percent"}
	}
	if c.script.MemoryMB != nil {
		memory.RSS = *c.script.MemoryMB * 1024 * 1024
		memory.Measured = []string{"RSS"}
	}
	return &drivers.TaskResourceUsage{
		ResourceUsage: &structs.ResourceUsage{CpuStats: cpu, MemoryStats: memory},
		Timestamp:     at.UnixNano(),
	}
}
