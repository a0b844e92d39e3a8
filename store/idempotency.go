package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"
)

// Answer is what was answered to a request that carried an idempotency key.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Attempt is what a request with an idempotency key is.
type Attempt string

// The attempts.
const (
	FirstAttempt   Attempt = "first"   // nobody used the key in the last day: do it
	RepeatAttempt  Attempt = "repeat"  // it was answered already, as the answer says
	RunningAttempt Attempt = "running" // it is being answered, or its process ended before it was
	OtherAttempt   Attempt = "other"   // the key was used for another request
)

// keepAnswers is how long answers are kept.
const keepAnswers = 24 * time.Hour

// Attempt notes that a request with an idempotency key is about to be done, unless it was before. key is the principal's,
// hashed together with who it is; request is the hash of what was asked. Of several at once, one is the first. After a
// [FirstAttempt] follows [Ops.KeepAnswer] or [Ops.ForgetAttempt].
func (o Ops) Attempt(ctx context.Context, tenant, key string, request [sha256.Size]byte) (Attempt, Answer, error) {
	now := o.db.now()
	n, err := o.db.exec(ctx, `INSERT INTO idempotency (tenant, key, request, status, headers, body, at) VALUES (?, ?, ?, 0, '{}', NULL, ?)
	  ON CONFLICT (tenant, key) DO UPDATE SET request = excluded.request, status = 0, headers = excluded.headers, body = NULL, at = excluded.at
	  WHERE idempotency.at < ?`, tenant, key, request[:], micros(now), micros(now.Add(-keepAnswers)))
	if err != nil || n > 0 {
		return FirstAttempt, Answer{}, err
	}
	var hash, sealed []byte
	var status int64
	var headers string
	err = o.db.ask(ctx, question{`SELECT request, status, headers, body FROM idempotency WHERE tenant = ? AND key = ?`, []any{tenant, key}, func(s scanner) error {
		return s.Scan(&hash, &status, &headers, &sealed)
	}})
	switch {
	case err != nil:
		return "", Answer{}, err
	case hash == nil:
		return RunningAttempt, Answer{}, nil // it failed just now, and may be sent again
	case !bytes.Equal(hash, request[:]):
		return OtherAttempt, Answer{}, nil
	case status == 0:
		return RunningAttempt, Answer{}, nil
	}
	a := Answer{Status: int(status)}
	if a.Header, err = decoded[map[string]string](headers); err != nil {
		return "", Answer{}, err
	}
	a.Body, err = o.db.keys.open(tenant, "idempotency", sealed)
	return RepeatAttempt, a, err
}

// KeepAnswer keeps the answer to a first attempt for a day. It is sealed: it may hold a secret that is shown once.
func (o Ops) KeepAnswer(ctx context.Context, tenant, key string, a Answer) error {
	sealed, err := o.db.keys.seal(tenant, "idempotency", a.Body)
	if err != nil {
		return err
	}
	_, err = o.db.exec(ctx, `UPDATE idempotency SET status = ?, headers = ?, body = ? WHERE tenant = ? AND key = ? AND status = 0`,
		int64(a.Status), encoded(a.Header), sealed, tenant, key)
	return err
}

// ForgetAttempt forgets a first attempt that changed nothing, so that it may be made again.
func (o Ops) ForgetAttempt(ctx context.Context, tenant, key string) error {
	_, err := o.db.exec(ctx, `DELETE FROM idempotency WHERE tenant = ? AND key = ? AND status = 0`, tenant, key)
	return err
}

// ForgetAnswers removes answers that are no longer kept.
func (o Ops) ForgetAnswers(ctx context.Context) error {
	_, err := o.db.exec(ctx, `DELETE FROM idempotency WHERE at < ?`, micros(o.db.now().Add(-keepAnswers)))
	return err
}
