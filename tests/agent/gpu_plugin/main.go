// Command gpu_plugin is a Nomad device plugin that reports the NVIDIA GPUs a JSON file describes.
package main

import (
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/plugins"
)

func main() {
	plugins.Serve(func(logger hclog.Logger) interface{} { return newPlugin(logger) })
}
