// A sample application of the standard library alone: it answers with what it was asked.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"time"
)

func entry(response http.ResponseWriter, request *http.Request) {
	headers := map[string]string{}
	for _, name := range []string{"traceparent", "baggage"} {
		headers[name] = request.Header.Get(name)
	}
	log.Printf("asked for %s", request.URL.Path)
	response.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(response).Encode(map[string]any{"service": "ledger", "headers": headers, "next": nil}); err != nil {
		log.Print(err)
	}
}

func main() {
	http.HandleFunc("GET /entry", entry)
	http.HandleFunc("GET /health", func(response http.ResponseWriter, _ *http.Request) { response.WriteHeader(http.StatusOK) })
	server := http.Server{Addr: ":8080", ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
