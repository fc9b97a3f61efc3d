package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"
)

// httpd serves the files of a directory (-h, default the working directory) on
// -p ADDRESS; an executable below cgi-bin/ answers as a CGI program.
func httpd(c *call) error {
	var address, home string
	if _, err := c.parse(func(f *pflag.FlagSet) {
		f.StringVarP(&address, "port", "p", ":8080", "")
		f.StringVarP(&home, "home", "h", ".", "")
	}); err != nil {
		return err
	}
	root, err := filepath.Abs(home)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(root)))
	mux.HandleFunc("/cgi-bin/{program}", func(w http.ResponseWriter, r *http.Request) {
		program := filepath.Join(root, "cgi-bin", filepath.Base(r.PathValue("program")))
		if info, err := os.Stat(program); err != nil || info.Mode()&0o100 == 0 {
			http.NotFound(w, r)
			return
		}
		handler := cgi.Handler{Path: program, Root: "/cgi-bin/" + filepath.Base(program), Dir: root, Stderr: c.stderr}
		handler.ServeHTTP(w, r)
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

// wget writes what a URL answers to stdout or to -O FILE.
func wget(c *call) error {
	output := "-"
	urls, err := c.parse(func(f *pflag.FlagSet) {
		f.StringVarP(&output, "output-document", "O", "-", "")
		f.BoolP("quiet", "q", false, "")
	})
	if err != nil {
		return err
	}
	if len(urls) != 1 {
		return errOperand
	}
	client := &http.Client{Timeout: time.Minute}
	answer, err := client.Get(urls[0])
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", urls[0], answer.Status)
	}
	return withOutput(c, output, false, func(w io.Writer) error {
		_, err := io.Copy(w, answer.Body)
		return err
	})
}
