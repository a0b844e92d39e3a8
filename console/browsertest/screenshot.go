package browsertest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"
)

// Screenshots is the environment variable that names the folder, with its whole path, in which screenshots are kept. Without
// it none are.
const Screenshots = "ROLLCALL_TEST_SCREENSHOTS"

// Screenshot keeps a picture of the whole page, as name.png.
func (p *Page) Screenshot(name string) {
	p.tb.Helper()
	if _, err := p.shoot(name); err != nil {
		p.tb.Fatalf("screenshot %s: %v", name, err)
	}
}

var odd = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func (p *Page) shoot(name string) (string, error) {
	dir := os.Getenv(Screenshots)
	if dir == "" {
		return "", nil
	}
	if !filepath.IsAbs(dir) {
		p.tb.Fatalf("%s has to be the whole path of a folder: tests run in the folders of their packages", Screenshots)
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, strings.Trim(odd.ReplaceAllString(name, "-"), "-.")+".png")
	return path, os.WriteFile(path, picture, 0o644)
}

// picture keeps a screenshot of a failure, and says where.
func (p *Page) picture() string {
	path, err := p.shoot("failed-" + p.tb.Name())
	switch {
	case err != nil:
		return " (no screenshot: " + err.Error() + ")"
	case path == "":
		return " (" + Screenshots + " names the folder for a screenshot)"
	default:
		return " (" + path + ")"
	}
}
