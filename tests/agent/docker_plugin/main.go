// Command docker_plugin is a Nomad task driver named "docker" that runs unchanged docker jobs without a docker engine.
//
// A task is a few HTTP listeners inside this process, one per published port. How images fail is read from a JSON file.
package main

import (
	"context"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/plugins"
)

func main() {
	plugins.ServeCtx(func(ctx context.Context, logger hclog.Logger) interface{} { return newDriver(ctx, logger) })
}
