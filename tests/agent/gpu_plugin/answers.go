package main

import (
	"time"

	"github.com/hashicorp/nomad/plugins/device"
	"github.com/hashicorp/nomad/plugins/shared/structs"
)

// deviceGroups words the scene as nvidia's plugin fingerprints it.
func deviceGroups(now *scene) []*device.DeviceGroup {
	groups := make([]*device.DeviceGroup, 0, len(now.GPUs))
	for _, same := range now.byModel() {
		group := &device.DeviceGroup{
			Vendor: vendor,
			Type:   device.DeviceTypeGPU,
			Name:   same[0].Model,
			Attributes: map[string]*structs.Attribute{
				"memory":         structs.NewIntAttribute(same[0].MemoryMiB, "MiB"),
				"power":          structs.NewIntAttribute(same[0].PowerLimitW, "W"),
				"driver_version": structs.NewStringAttribute(same[0].DriverVersion),
			},
		}
		for _, one := range same {
			group.Devices = append(group.Devices, &device.Device{
				ID:         one.ID,
				Healthy:    one.Healthy,
				HealthDesc: one.HealthText,
				HwLocality: &device.DeviceLocality{PciBusID: one.PCIBusID},
			})
		}
		groups = append(groups, group)
	}
	return groups
}

// statsGroups words the scene as nvidia's plugin measures it; a MIG slice has no entry at all.
func statsGroups(now *scene, at time.Time) []*device.DeviceGroupStats {
	groups := make([]*device.DeviceGroupStats, 0, len(now.GPUs))
	for _, same := range now.byModel() {
		group := &device.DeviceGroupStats{
			Vendor:        vendor,
			Type:          device.DeviceTypeGPU,
			Name:          same[0].Model,
			InstanceStats: map[string]*device.DeviceStats{},
		}
		for _, one := range same {
			if one.WithStatistics {
				group.InstanceStats[one.ID] = deviceStats(one, at)
			}
		}
		groups = append(groups, group)
	}
	return groups
}

func deviceStats(one gpu, at time.Time) *device.DeviceStats {
	memory := share(one.MemoryUsedMiB, one.MemoryMiB, "MiB", "Memory in use / memory there is")
	return &device.DeviceStats{
		Summary: memory,
		Stats: &structs.StatObject{Attributes: map[string]*structs.StatValue{
			"GPU utilization": amount(one.Utilization, "%", "Share of the last sample period in which a kernel ran"),
			"Memory state":    memory,
			"Power usage":     share(one.PowerW, one.PowerLimitW, "W", "Power usage for this GPU / the most it may draw"),
			"Temperature":     amount(one.TemperatureC, "C", "Temperature of the unit"),
		}},
		Timestamp: at,
	}
}

func amount(value *int64, unit, text string) *structs.StatValue {
	if value == nil {
		return unknown(unit, text)
	}
	return &structs.StatValue{Unit: unit, Desc: text, IntNumeratorVal: value}
}

func share(used *int64, total int64, unit, text string) *structs.StatValue {
	if used == nil {
		return unknown(unit, text)
	}
	return &structs.StatValue{Unit: unit, Desc: text, IntNumeratorVal: used, IntDenominatorVal: &total}
}

func unknown(unit, text string) *structs.StatValue {
	missing := "N/A"
	return &structs.StatValue{Unit: unit, Desc: text, StringVal: &missing}
}
