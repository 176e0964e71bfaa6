package main

import (
	"encoding/json"
	"os"
	"sort"
)

// scene is what the JSON file says the node has right now.
type scene struct {
	// Crash ends the plugin's process at the next tick, as a driver fault would.
	Crash bool `json:"crash"`
	// Error is reported instead of devices; Nomad then gives up on the plugin until the agent restarts.
	Error string `json:"error"`
	GPUs  []gpu  `json:"gpus"`
}

// gpu is one device. A missing figure (null) is reported the way nvidia's plugin reports an unknown one: "N/A".
type gpu struct {
	ID             string `json:"id"`
	Model          string `json:"model"`
	MemoryMiB      int64  `json:"memory_mib"`
	DriverVersion  string `json:"driver_version"`
	Healthy        bool   `json:"healthy"`
	HealthText     string `json:"health_text"`
	PCIBusID       string `json:"pci_bus_id"`
	PowerLimitW    int64  `json:"power_limit_w"`
	Utilization    *int64 `json:"utilization"`
	MemoryUsedMiB  *int64 `json:"memory_used_mib"`
	PowerW         *int64 `json:"power_w"`
	TemperatureC   *int64 `json:"temperature_c"`
	WithStatistics bool   `json:"with_statistics"`
}

// readScene loads the file; a missing file is a node without GPUs.
func readScene(path string) (*scene, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return &scene{}, nil
	}
	if err != nil {
		return nil, err
	}
	var read scene
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	return &read, nil
}

// byModel groups the devices as nvidia's plugin does, one group per model, in a stable order.
func (s *scene) byModel() [][]gpu {
	found := map[string][]gpu{}
	for _, device := range s.GPUs {
		found[device.Model] = append(found[device.Model], device)
	}
	models := make([]string, 0, len(found))
	for model := range found {
		models = append(models, model)
	}
	sort.Strings(models)
	groups := make([][]gpu, 0, len(models))
	for _, model := range models {
		groups = append(groups, found[model])
	}
	return groups
}
