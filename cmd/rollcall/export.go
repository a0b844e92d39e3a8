package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rollcall/config"
)

// exportCommand is "rollcall export".
type exportCommand struct {
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
	Output string `short:"o" placeholder:"FILE" help:"Where to write it, instead of standard output."`
}

// Run writes a tenant as its manifest says it, without secrets: files that hold them are named. Applied to the tenant it
// changes nothing.
func (c *exportCommand) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	var b strings.Builder
	spec, err := in.admin.Export(ctx, c.Tenant)
	if err == nil {
		err = config.WriteManifest(&b, spec)
	}
	if err = in.close(err); err != nil {
		return err
	}
	if c.Output != "" {
		if err := replace(c.Output, b.String()); err != nil {
			// The paths in the error are those of a temporary file beside it.
			if e, ok := errors.AsType[*fs.PathError](err); ok {
				err = e.Err
			} else if e, ok := errors.AsType[*os.LinkError](err); ok {
				err = e.Err
			}
			return fmt.Errorf("--output: %s cannot be written: %w", c.Output, err)
		}
		if p.json {
			return p.print(map[string]string{"tenant": spec.Tenant, "output": c.Output})
		}
		p.sayf("rollcall: %s is in %s; \"rollcall apply -f %[2]s --plan\" tells how the tenant differs from it", spec.Tenant, c.Output)
		return nil
	}
	if p.json {
		return p.print(map[string]string{"tenant": spec.Tenant, "manifest": b.String()})
	}
	_, err = fmt.Fprint(p.stdout, b.String())
	return err
}

// replace writes a file as a whole or not at all: what was there stays until the new text is on the disk.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".rollcall-export-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
