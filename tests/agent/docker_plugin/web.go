package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/nomad/nomad/structs"
	"github.com/hashicorp/nomad/plugins/drivers"
)

// web is the HTTP side of one container: a listener per published port.
type web struct {
	config *drivers.TaskConfig
	image  string
	script *imageScript

	lock    sync.Mutex
	closed  bool
	servers []*http.Server
}

func newWeb(config *drivers.TaskConfig, image string, script *imageScript) *web {
	return &web{config: config, image: image, script: script}
}

// publish opens the ports; when one cannot be had, those already open are closed again.
func (w *web) publish(ports []structs.AllocatedPortMapping) error {
	for _, port := range ports {
		if w.script.silent(port.Label) {
			continue
		}
		if err := w.listen(port); err != nil {
			w.close()
			return err
		}
	}
	return nil
}

func (w *web) listen(port structs.AllocatedPortMapping) error {
	address := port.HostIP
	if address == "" {
		address = "127.0.0.1"
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.closed {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port.Value)))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: w.handler(port), ReadHeaderTimeout: 10 * time.Second}
	w.servers = append(w.servers, server)
	go func() { _ = server.Serve(listener) }()
	return nil
}

func (w *web) close() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.closed = true
	for _, server := range w.servers {
		_ = server.Close()
	}
}

func (w *web) handler(port structs.AllocatedPortMapping) http.Handler {
	site := http.NewServeMux()
	site.HandleFunc("/environment", w.environment)
	site.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if w.script.HTTPStatus != 0 {
			answer.WriteHeader(w.script.HTTPStatus)
		}
		fmt.Fprintf(answer, "image=%s task=%s port=%s\n", w.image, w.config.Name, port.Label)
	})
	return site
}

// environment shows what the container's process would see, so that a test can check what a template delivered.
func (w *web) environment(answer http.ResponseWriter, _ *http.Request) {
	seen := map[string]string{}
	for name, value := range w.config.Env {
		seen[name] = value
	}
	for name, value := range w.config.DeviceEnv {
		seen[name] = value
	}
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(seen)
}
