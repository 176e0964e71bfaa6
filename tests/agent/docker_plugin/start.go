package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/nomad/drivers/docker"
	"github.com/hashicorp/nomad/nomad/structs"
	"github.com/hashicorp/nomad/plugins/drivers"
)

const handleVersion = 1

// StartTask pulls, publishes and runs, with the sentences of Nomad's docker driver where something fails.
func (d *driver) StartTask(config *drivers.TaskConfig) (*drivers.TaskHandle, *drivers.DriverNetwork, error) {
	if d.find(config.ID) != nil {
		return nil, nil, fmt.Errorf("task with ID %q already started", config.ID)
	}
	settings, err := readSettings(config)
	if err != nil {
		return nil, nil, err
	}
	script, err := findScript(d.scriptPath, settings.Image)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the images' script: %v", err)
	}
	if err := d.pull(config, settings, script); err != nil {
		return nil, nil, err
	}
	ports, err := wantedPorts(config, settings)
	if err != nil {
		return nil, nil, fmt.Errorf("Failed to create container configuration for image %q (%q): %v", settings.Image, settings.Image, err)
	}
	return d.launch(config, settings, script, ports)
}

func readSettings(config *drivers.TaskConfig) (*docker.TaskConfig, error) {
	var settings docker.TaskConfig
	if err := config.DecodeDriverConfig(&settings); err != nil {
		return nil, fmt.Errorf("failed to decode driver config: %v", err)
	}
	settings.Image = strings.TrimPrefix(settings.Image, "https://")
	if settings.Image == "" {
		return nil, errors.New("image name required for docker driver")
	}
	return &settings, nil
}

// pull tells of the download where the real driver would download, takes its time, and fails if the script says so.
func (d *driver) pull(config *drivers.TaskConfig, settings *docker.TaskConfig, script *imageScript) error {
	_, tag := split(settings.Image)
	if settings.ForcePull || tag == "latest" || script.PullError != "" {
		d.events.EmitEvent(&drivers.TaskEvent{
			TaskID:      config.ID,
			AllocID:     config.AllocID,
			TaskName:    config.Name,
			Timestamp:   time.Now(),
			Message:     "Downloading image",
			Annotations: map[string]string{"image": settings.Image},
		})
	}
	select {
	case <-time.After(script.startDelay()):
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
	if script.PullError == "" {
		return nil
	}
	failure := fmt.Errorf("Failed to pull `%s`: %s", settings.Image, script.PullError)
	return structs.NewRecoverableError(failure, script.PullErrorRecoverable)
}

// wantedPorts finds the allocated port of every label in the task's "ports".
func wantedPorts(config *drivers.TaskConfig, settings *docker.TaskConfig) ([]structs.AllocatedPortMapping, error) {
	var wanted []structs.AllocatedPortMapping
	for _, label := range settings.Ports {
		if config.Resources.Ports == nil {
			return nil, errors.New("Trying to map ports but no network interface is available")
		}
		port, found := config.Resources.Ports.Get(label)
		if !found {
			return nil, fmt.Errorf("Port %q not found, check network block", label)
		}
		wanted = append(wanted, port)
	}
	return wanted, nil
}

func (d *driver) launch(
	config *drivers.TaskConfig, settings *docker.TaskConfig, script *imageScript, ports []structs.AllocatedPortMapping,
) (*drivers.TaskHandle, *drivers.DriverNetwork, error) {
	site := newWeb(config, settings.Image, script)
	if script.ListenDelayMS == 0 {
		if err := site.publish(ports); err != nil {
			return nil, nil, fmt.Errorf("Failed to start container %s: %s", config.ID, err)
		}
	}
	handle := drivers.NewTaskHandle(handleVersion)
	handle.Config = config
	if err := handle.SetDriverState(struct{}{}); err != nil {
		site.close()
		return nil, nil, err
	}
	started := newContainer(config, settings.Image, script, site)
	d.keep(started)
	go started.run()
	if script.ListenDelayMS > 0 {
		go started.publishLater(ports, d.logger)
	}
	return handle, nil, nil
}
