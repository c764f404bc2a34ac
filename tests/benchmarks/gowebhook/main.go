// The Go peer of the admission benchmark: a pod webhook made with controller-runtime, as the Go operator's is. It decodes the pod,
// appends one init container that it read at its start, and answers with the patch. It looks nothing up, so a Go operator costs more.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type injector struct {
	decoder   admission.Decoder
	container corev1.Container
}

func (i *injector) Handle(_ context.Context, request admission.Request) admission.Response {
	var pod corev1.Pod
	if err := i.decoder.Decode(request, &pod); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	pod.Spec.InitContainers = append(pod.Spec.InitContainers, i.container)
	mutated, err := json.Marshal(&pod)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, mutated)
}

func main() {
	port := flag.Int("port", 0, "port to serve at on 127.0.0.1")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file, in the same folder")
	containerFile := flag.String("container", "", "JSON file of the init container that every pod gets")
	flag.Parse()
	text, err := os.ReadFile(*containerFile)
	if err != nil {
		log.Fatal(err)
	}
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		log.Fatal(err)
	}
	handler := &injector{decoder: admission.NewDecoder(scheme)}
	if err := json.Unmarshal(text, &handler.container); err != nil {
		log.Fatal(err)
	}
	server := webhook.NewServer(webhook.Options{
		Host:     "127.0.0.1",
		Port:     *port,
		CertDir:  filepath.Dir(*certificate),
		CertName: filepath.Base(*certificate),
		KeyName:  filepath.Base(*key),
	})
	server.Register("/mutate-v1-pod", &webhook.Admission{Handler: handler})
	context, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := server.Start(context); err != nil {
		log.Fatal(err)
	}
}
