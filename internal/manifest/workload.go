package manifest

import (
	"fmt"
	"strings"
)

// Container is a container of a workload.
type Container struct {
	Name   string
	Init   bool
	Image  string
	Data   map[string]any
	Path   []any             // in the object
	Limits map[string]string // such as cpu: 100m
	// Requests are what the scheduler reserves.
	Requests map[string]string
}

// podPaths are where kinds have the template of their pods.
var podPaths = map[string][]string{
	"Pod": {}, "PodTemplate": {"template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
	"Deployment": {"spec", "template"}, "DaemonSet": {"spec", "template"}, "StatefulSet": {"spec", "template"},
	"ReplicaSet": {"spec", "template"}, "ReplicationController": {"spec", "template"}, "Job": {"spec", "template"},
}

// PodPath returns where an object has the template of its pods; ok is false for
// objects that run none.
func (o *Object) PodPath() (path []string, ok bool) {
	path, ok = podPaths[o.Kind()]
	return path, ok && Map(o.Data, append(path, "spec")...) != nil
}

// Pod returns the template of the object's pods, or nil.
func (o *Object) Pod() map[string]any {
	path, ok := o.PodPath()
	if !ok {
		return nil
	}
	return Map(o.Data, path...)
}

// Containers returns the containers of the object's pods, those that begin
// first first.
func (o *Object) Containers() []Container {
	base, ok := o.PodPath()
	if !ok {
		return nil
	}
	var found []Container
	for _, field := range []string{"initContainers", "containers"} {
		for i, item := range List(o.Pod(), "spec", field) {
			data, ok := item.(map[string]any)
			if !ok {
				continue
			}
			path := []any{}
			for _, part := range base {
				path = append(path, part)
			}
			found = append(found, Container{
				Name: Text(data, "name"), Init: field == "initContainers", Image: Text(data, "image"), Data: data,
				Path: append(path, "spec", field, i), Limits: quantities(data, "limits"), Requests: quantities(data, "requests"),
			})
		}
	}
	return found
}

func quantities(container map[string]any, which string) map[string]string {
	amounts := map[string]string{}
	for name, amount := range Map(container, "resources", which) {
		amounts[name] = fmt.Sprint(amount)
	}
	return amounts
}

// Digest returns the digest of an image reference, or "".
func Digest(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return digest
}
