package main

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/plugins/base"
	"github.com/hashicorp/nomad/plugins/device"
	"github.com/hashicorp/nomad/plugins/shared/hclspec"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	vendor = "nvidia"
	// visibleDevices differs from NVIDIA_VISIBLE_DEVICES on purpose: that one makes the docker driver ask for nvidia's runtime.
	visibleDevices = "FAKE_VISIBLE_DEVICES"
	tick           = 300 * time.Millisecond
)

// plugin answers Nomad with whatever the scene file says at each tick.
type plugin struct {
	logger hclog.Logger
	path   string
}

func newPlugin(logger hclog.Logger) *plugin {
	return &plugin{logger: logger.Named("gpu_plugin")}
}

func (p *plugin) PluginInfo() (*base.PluginInfoResponse, error) {
	return &base.PluginInfoResponse{
		Type:              base.PluginTypeDevice,
		PluginApiVersions: []string{device.ApiVersion010},
		PluginVersion:     "v0.1.0",
		Name:              "nvidia-gpu",
	}, nil
}

func (p *plugin) ConfigSchema() (*hclspec.Spec, error) {
	return hclspec.NewObject(map[string]*hclspec.Spec{"file": hclspec.NewAttr("file", "string", true)}), nil
}

func (p *plugin) SetConfig(config *base.Config) error {
	var settings struct {
		File string `codec:"file"`
	}
	if err := base.MsgPackDecode(config.PluginConfig, &settings); err != nil {
		return err
	}
	p.path = settings.File
	return nil
}

func (p *plugin) Fingerprint(ctx context.Context) (<-chan *device.FingerprintResponse, error) {
	answers := make(chan *device.FingerprintResponse)
	go p.fingerprint(ctx, answers)
	return answers, nil
}

// fingerprint sends the device groups at once and again whenever they changed, an empty set included.
func (p *plugin) fingerprint(ctx context.Context, answers chan<- *device.FingerprintResponse) {
	defer close(answers)
	var sent []*device.DeviceGroup
	for first := true; ; first = false {
		now := p.look()
		if now.Crash {
			// Nomad starts the plugin again at once; without the pause that would keep a core busy.
			pause(ctx, time.Second)
			os.Exit(1)
		}
		groups := deviceGroups(now)
		var answer *device.FingerprintResponse
		switch {
		case now.Error != "":
			answer = device.NewFingerprintError(errors.New(now.Error))
		case first || !reflect.DeepEqual(groups, sent):
			answer = device.NewFingerprint(groups...)
			sent = groups
		}
		if answer != nil && !offer(ctx, answers, answer) || now.Error != "" || !pause(ctx, tick) {
			return
		}
	}
}

func (p *plugin) Stats(ctx context.Context, interval time.Duration) (<-chan *device.StatsResponse, error) {
	answers := make(chan *device.StatsResponse)
	go p.stats(ctx, answers, interval)
	return answers, nil
}

func (p *plugin) stats(ctx context.Context, answers chan<- *device.StatsResponse, interval time.Duration) {
	defer close(answers)
	for {
		now := p.look()
		answer := &device.StatsResponse{Groups: statsGroups(now, time.Now())}
		if !now.Crash && !offer(ctx, answers, answer) || !pause(ctx, interval) {
			return
		}
	}
}

// Reserve names the devices in the task's environment; there is nothing to mount.
func (p *plugin) Reserve(ids []string) (*device.ContainerReservation, error) {
	known := map[string]bool{}
	for _, device := range p.look().GPUs {
		known[device.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			return nil, status.Newf(codes.InvalidArgument, "unknown device IDs: %s", id).Err()
		}
	}
	return &device.ContainerReservation{Envs: map[string]string{visibleDevices: strings.Join(ids, ",")}}, nil
}

// look reads the scene; a file that cannot be read is said in the log and counts as no devices.
func (p *plugin) look() *scene {
	read, err := readScene(p.path)
	if err != nil {
		p.logger.Error("cannot read the scene", "path", p.path, "error", err)
		return &scene{}
	}
	return read
}

func offer[T any](ctx context.Context, answers chan<- T, answer T) bool {
	select {
	case <-ctx.Done():
		return false
	case answers <- answer:
		return true
	}
}

func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
