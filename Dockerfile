# One static binary in an empty image, run by nobody in particular.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN make build VERSION="$VERSION" && mkdir -p /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/rollcall /rollcall
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
ENV ROLLCALL_LISTEN=0.0.0.0:8080
EXPOSE 8080
VOLUME /data
ENTRYPOINT ["/rollcall"]
CMD ["serve"]
