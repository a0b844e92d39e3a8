// Package config turns what operators write into what the program uses: the process configuration (rollcall.yaml and the
// ROLLCALL_ variables) into a [Config], and a tenant's manifest into a [directory.Spec]. Only the command imports it.
//
// # What a manifest says
//
// A manifest begins with a preset ([access.Preset]) and says what a tenant has beside it: connections, roles and the profiles
// that narrow them, groups of work and companies, statuses, seat pools, settings, and the rules that lead from directories to
// all of it, with the mapping tests that they must pass. What it names must be in the file or in the preset, so both are read
// together; a setting is checked by the registry ([directory.Settings]), of which docs/settings.md is the printed form.
//
// # Everything at once
//
// Whoever writes a file by hand wants to hear of all that is wrong with it, with the place, and with the word that they
// meant. So nothing here stops at the first mistake: each document is walked node by node, every mistake becomes a [Fault]
// with file, line and column, and [Faults] is the error. A wrong type in one place hides nothing elsewhere; only a text
// that is no YAML at all yields a single fault.
//
// # A small YAML
//
// The documents are plain: one document a file, mappings, lists, text, whole numbers, true and false. Anchors, aliases,
// merge keys and tags are refused, so that what stands in a file is what it says; size, depth and length are bounded
// before anything is built. Manifests expand no environment variables and read no other file.
//
// # There and back
//
// [WriteManifest] writes what [ParseManifest] reads, so that a tenant can be exported, looked at and applied again. It leaves
// out what is usual, and it quotes whatever is not surely plain text.
//
// # Form here, meaning elsewhere
//
// The manifest is checked for what can be known without the tenant: names, references within the file, conditions,
// captures, settings. What it changes is for package admin to find, and whether the tenant's settings allow it: what was there
// before a setting changed may stay, and only the tenant knows what was there.
package config
