package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/drivers/docker"
	"github.com/hashicorp/nomad/drivers/shared/eventer"
	"github.com/hashicorp/nomad/plugins/base"
	"github.com/hashicorp/nomad/plugins/drivers"
	"github.com/hashicorp/nomad/plugins/drivers/fsisolation"
	"github.com/hashicorp/nomad/plugins/shared/hclspec"
	"github.com/hashicorp/nomad/plugins/shared/structs"
)

const fingerprintPeriod = 5 * time.Second

// driver is the docker stand-in; it keeps its containers in memory, so they end with its process.
type driver struct {
	ctx        context.Context
	logger     hclog.Logger
	events     *eventer.Eventer
	scriptPath string

	lock       sync.Mutex
	containers map[string]*container
}

func newDriver(ctx context.Context, logger hclog.Logger) *driver {
	logger = logger.Named("docker_plugin")
	return &driver{
		ctx:        ctx,
		logger:     logger,
		events:     eventer.NewEventer(ctx, logger),
		containers: map[string]*container{},
	}
}

func (d *driver) PluginInfo() (*base.PluginInfoResponse, error) {
	return &base.PluginInfoResponse{
		Type:              base.PluginTypeDriver,
		PluginApiVersions: []string{drivers.ApiVersion010},
		PluginVersion:     "0.1.0",
		Name:              "docker",
	}, nil
}

func (d *driver) ConfigSchema() (*hclspec.Spec, error) {
	return hclspec.NewObject(map[string]*hclspec.Spec{"script": hclspec.NewAttr("script", "string", true)}), nil
}

func (d *driver) SetConfig(config *base.Config) error {
	var settings struct {
		Script string `codec:"script"`
	}
	if err := base.MsgPackDecode(config.PluginConfig, &settings); err != nil {
		return err
	}
	d.scriptPath = settings.Script
	return nil
}

// TaskConfigSchema is that of Nomad's own docker driver, so that a job it would refuse is refused here too.
func (d *driver) TaskConfigSchema() (*hclspec.Spec, error) {
	return new(docker.Driver).TaskConfigSchema()
}

// Capabilities are the docker driver's but for commands in the container and network namespaces. A driver that is a
// plugin cannot say that it collects no logs; only a job can, with logs { disabled = true }.
func (d *driver) Capabilities() (*drivers.Capabilities, error) {
	return &drivers.Capabilities{
		SendSignals:       true,
		FSIsolation:       fsisolation.Image,
		NetIsolationModes: []drivers.NetIsolationMode{drivers.NetIsolationModeHost},
		MountConfigs:      drivers.MountConfigSupportAll,
	}, nil
}

func (d *driver) Fingerprint(ctx context.Context) (<-chan *drivers.Fingerprint, error) {
	answers := make(chan *drivers.Fingerprint)
	go func() {
		defer close(answers)
		for {
			answer := &drivers.Fingerprint{
				Attributes: map[string]*structs.Attribute{
					"driver.docker":                    structs.NewBoolAttribute(true),
					"driver.docker.version":            structs.NewStringAttribute("0.0.0-stand-in"),
					"driver.docker.privileged.enabled": structs.NewBoolAttribute(true),
					"driver.docker.volumes.enabled":    structs.NewBoolAttribute(true),
					"driver.docker.os_type":            structs.NewStringAttribute("linux"),
				},
				Health:            drivers.HealthStateHealthy,
				HealthDescription: drivers.DriverHealthy,
			}
			select {
			case <-ctx.Done():
				return
			case answers <- answer:
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(fingerprintPeriod):
			}
		}
	}()
	return answers, nil
}

// RecoverTask says the truth: containers do not outlive this process, so Nomad starts the task anew.
func (d *driver) RecoverTask(handle *drivers.TaskHandle) error {
	if handle == nil || handle.Config == nil {
		return errors.New("handle cannot be nil")
	}
	if d.find(handle.Config.ID) == nil {
		return drivers.ErrTaskNotFound
	}
	return nil
}

func (d *driver) WaitTask(ctx context.Context, id string) (<-chan *drivers.ExitResult, error) {
	found := d.find(id)
	if found == nil {
		return nil, drivers.ErrTaskNotFound
	}
	answers := make(chan *drivers.ExitResult, 1)
	go func() {
		defer close(answers)
		select {
		case <-ctx.Done():
		case <-d.ctx.Done():
		case <-found.ended:
			answers <- found.result.Copy()
		}
	}()
	return answers, nil
}

func (d *driver) StopTask(id string, _ time.Duration, _ string) error {
	found := d.find(id)
	if found == nil {
		return drivers.ErrTaskNotFound
	}
	found.askToStop()
	select {
	case <-found.ended:
	case <-d.ctx.Done():
	}
	return nil
}

func (d *driver) DestroyTask(id string, force bool) error {
	found := d.find(id)
	if found == nil {
		return drivers.ErrTaskNotFound
	}
	if found.running() {
		if !force {
			return errors.New("must call StopTask for the given task before Destroy or set force to true")
		}
		found.askToStop()
		<-found.ended
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	delete(d.containers, id)
	return nil
}

func (d *driver) InspectTask(id string) (*drivers.TaskStatus, error) {
	found := d.find(id)
	if found == nil {
		return nil, drivers.ErrTaskNotFound
	}
	return found.status(), nil
}

func (d *driver) TaskEvents(ctx context.Context) (<-chan *drivers.TaskEvent, error) {
	return d.events.TaskEvents(ctx)
}

func (d *driver) SignalTask(id string, _ string) error {
	if d.find(id) == nil {
		return drivers.ErrTaskNotFound
	}
	return nil
}

func (d *driver) ExecTask(string, []string, time.Duration) (*drivers.ExecTaskResult, error) {
	return nil, errors.New("the docker stand-in has no process to run commands in")
}

func (d *driver) find(id string) *container {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.containers[id]
}

func (d *driver) keep(started *container) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.containers[started.config.ID] = started
}
