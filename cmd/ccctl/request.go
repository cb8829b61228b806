package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"cccp/wire"
)

// pageRecords is the most records ccd puts into one answer.
const pageRecords = 10_000

// do sends one request to ccd.
func (a *app) do(ctx context.Context, method, path string, in, out any) error {
	return wire.NewClient(a.socket).As(a.as).Do(ctx, method, path, in, out)
}

// at is the path of something below a resource; every part is escaped.
func at(resource string, parts ...string) string {
	path := "/v1/" + resource
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// get reads one thing.
func get[T any](ctx context.Context, a *app, path string) (v T, err error) {
	err = a.do(ctx, http.MethodGet, path, nil, &v)
	return v, err
}

// pages reads a whole list, page by page. last names the record a page ends with.
func pages[T any](ctx context.Context, a *app, path string, last func(T) string) ([]T, error) {
	return pagesWith(ctx, a, path, url.Values{}, last)
}

// pagesWith reads a whole list that is narrowed by a query.
func pagesWith[T any](
	ctx context.Context, a *app, path string, query url.Values, last func(T) string,
) (all []T, err error) {
	query.Set("limit", strconv.Itoa(a.page))
	for {
		page, err := get[[]T](ctx, a, path+"?"+query.Encode())
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < a.page {
			return all, nil
		}
		query.Set("after", last(page[len(page)-1]))
	}
}
