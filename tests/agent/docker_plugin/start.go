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

const (
	handleVersion = 1
	// shortestPull lets the event of the download arrive before that of the start.
	shortestPull = 30 * time.Millisecond
)

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
	output := openOutput(config)
	started, err := d.launch(config, settings, script, output)
	if err != nil {
		output.close()
		return nil, nil, err
	}
	d.keep(started)
	go started.run()
	handle := drivers.NewTaskHandle(handleVersion)
	handle.Config = config
	return handle, nil, handle.SetDriverState(struct{}{})
}

// launch does all that can fail about a start.
func (d *driver) launch(
	config *drivers.TaskConfig, settings *docker.TaskConfig, script *imageScript, output *output,
) (*container, error) {
	if err := d.pull(config, settings, script); err != nil {
		return nil, err
	}
	ports, err := wantedPorts(config, settings)
	if err != nil {
		image := settings.Image
		return nil, fmt.Errorf("Failed to create container configuration for image %q (%q): %v", image, image, err)
	}
	site := newWeb(config, settings.Image, script)
	started := newContainer(config, script, site, output)
	if script.ListenDelayMS > 0 {
		go started.publishLater(ports, d.logger)
		return started, nil
	}
	if err := site.publish(ports); err != nil {
		return nil, fmt.Errorf("Failed to start container %s: %s", config.ID, err)
	}
	return started, nil
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
	takes := script.startDelay()
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
		takes = max(takes, shortestPull)
	}
	select {
	case <-time.After(takes):
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
