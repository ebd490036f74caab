using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

public sealed class ImageReferenceTests
{
    private const string SomeDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("alpine", "docker.io/library/alpine:latest")]
    [InlineData("alpine:3.16", "docker.io/library/alpine:3.16")]
    [InlineData("bitnami/redis:7", "docker.io/bitnami/redis:7")]
    [InlineData("docker.io/alpine:3.16", "docker.io/library/alpine:3.16")]
    [InlineData("index.docker.io/library/alpine", "docker.io/library/alpine:latest")]
    [InlineData("localhost/a/b/c:1", "localhost/a/b/c:1")]
    [InlineData("registry:5000/a", "registry:5000/a:latest")]
    [InlineData("ghcr.io/a/b/c/d@" + SomeDigest, "ghcr.io/a/b/c/d@" + SomeDigest)]
    [InlineData("alpine:3@" + SomeDigest, "docker.io/library/alpine:3@" + SomeDigest)]
    public void A_reference_is_read_as_docker_reads_it(string text, string full) =>
        Assert.Equal(full, ImageReference.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Alpine")]
    [InlineData("alpine:")]
    [InlineData("alpine:-x")]
    [InlineData("alpine@sha256:abc")]
    [InlineData("alpine@sha512:00")]
    [InlineData("a//b")]
    [InlineData("../etc/passwd")]
    [InlineData("ghcr.io/")]
    [InlineData("ghcr.io:99999999/a")]
    [InlineData("a b")]
    public void A_malformed_reference_is_refused_with_a_reason(string text)
    {
        Assert.False(ImageReference.TryParse(text, out _, out var error));
        Assert.False(string.IsNullOrWhiteSpace(error));
    }

    [Fact]
    public void The_ns_query_names_the_registry_of_a_route()
    {
        Assert.True(ImageReference.TryFromRoute("library/alpine", "3.16", "docker.io", out var hub, out _));
        Assert.Equal("docker.io/library/alpine:3.16", hub.ToString());
        Assert.True(ImageReference.TryFromRoute("a/b", SomeDigest, "ghcr.io", out var other, out _));
        Assert.Equal($"ghcr.io/a/b@{SomeDigest}", other.ToString());
        Assert.False(ImageReference.TryFromRoute("a/b", "x", "bad host", out _, out _));
    }

    [Fact]
    public void A_digest_keeps_its_bytes_through_its_text()
    {
        Assert.Equal(SomeDigest, Digest.Of([]).ToString());
        Assert.Equal(Digest.Of([]), Digest.Parse(SomeDigest));
        Assert.False(Digest.TryParse(SomeDigest.ToUpperInvariant(), out _));
        Assert.False(Digest.TryParse(SomeDigest[..^1], out _));
    }
}
