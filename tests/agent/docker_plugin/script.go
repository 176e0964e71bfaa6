package main

import (
	"encoding/json"
	"os"
	"strings"
	"time"
)

// imageScript says how a container of one image behaves; the zero value runs until it is stopped.
type imageScript struct {
	// PullError is the engine's own sentence; the driver puts "Failed to pull `image`: " before it.
	PullError            string `json:"pull_error"`
	PullErrorRecoverable bool   `json:"pull_error_recoverable"`
	// StartDelayMS is how long the pull takes, or the start when nothing has to be pulled.
	StartDelayMS int `json:"start_delay_ms"`
	// ExitAfterMS ends the container by itself; null means never.
	ExitAfterMS *int `json:"exit_after_ms"`
	ExitCode    int  `json:"exit_code"`
	OOMKilled   bool `json:"oom_killed"`
	// StopDelayMS is how long the container lives on after it was told to stop, whatever the kill timeout says.
	StopDelayMS  int `json:"stop_delay_ms"`
	StopExitCode int `json:"stop_exit_code"`
	// Output is what the container writes to its standard output when it starts.
	Output string `json:"output"`
	// ListenDelayMS is how long a running container takes to open its ports.
	ListenDelayMS int      `json:"listen_delay_ms"`
	SilentPorts   []string `json:"silent_ports"`
	HTTPStatus    int      `json:"http_status"`
	// The two figures of the task's statistics; null means not measured.
	CPUPercent *float64 `json:"cpu_percent"`
	MemoryMB   *uint64  `json:"memory_mb"`
}

func (s *imageScript) startDelay() time.Duration  { return milliseconds(s.StartDelayMS) }
func (s *imageScript) stopDelay() time.Duration   { return milliseconds(s.StopDelayMS) }
func (s *imageScript) listenDelay() time.Duration { return milliseconds(s.ListenDelayMS) }

func (s *imageScript) silent(label string) bool {
	for _, silent := range s.SilentPorts {
		if silent == label {
			return true
		}
	}
	return false
}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }

// findScript reads the file anew and returns the first of: the image as written, "repo:tag", "repo:*", "*".
func findScript(path, image string) (*imageScript, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return &imageScript{}, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		Images map[string]*imageScript `json:"images"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	repo, tag := split(image)
	for _, name := range []string{image, repo + ":" + tag, repo + ":*", "*"} {
		if script := file.Images[name]; script != nil {
			return script, nil
		}
	}
	return &imageScript{}, nil
}

// split parts an image into repository and tag; without a tag it is "latest", with a digest there is none.
func split(image string) (repo, tag string) {
	if strings.Contains(image, "@") {
		return image, ""
	}
	slash := strings.LastIndex(image, "/")
	if colon := strings.LastIndex(image, ":"); colon > slash {
		return image[:colon], image[colon+1:]
	}
	return image, "latest"
}
