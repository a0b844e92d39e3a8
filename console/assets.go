package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assetsRoot is where the style and the script are. Their addresses contain a hash of all, so that a browser may keep them for
// ever and still never uses those of another version.
var assetsRoot = "/assets/" + hashOf(assetFiles) + "/"

func hashOf(files embed.FS) string {
	h := sha256.New()
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		h.Write([]byte(name))
		h.Write(text)
		return err
	})
	if err != nil {
		panic("console: " + err.Error()) // they are part of the program
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, err := assetFiles.ReadFile("assets/" + name)
	if err != nil || strings.Contains(name, "/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", assetTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(text) //nolint:gosec // a file of the program, whatever name was asked for
}
