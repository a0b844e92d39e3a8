// Rollcall is a SCIM 2.0 provisioning gateway for contact centres: identity providers push users and groups to it, rules
// map them to roles and agent groups, and people who leave lose everything at once.
//
// This folder is the program: commands, wiring, nothing else. What the commands do is in the packages that it wires.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the console writes times in its reader's zone, whatever the machine has
)

// version is what the build sets it to.
var version = "dev"

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		stop() // whatever runs finishes what it began
		<-signals
		os.Exit(statusFailed)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
