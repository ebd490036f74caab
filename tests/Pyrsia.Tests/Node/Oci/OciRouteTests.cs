using Pyrsia.Node.Oci;
using Pyrsia.Node.Serving;
using Xunit;

namespace Pyrsia.Tests.Node.Oci;

public sealed class OciRouteTests
{
    [Theory]
    [InlineData("", "Ping", "", "")]
    [InlineData("library/alpine/manifests/3.16", "Manifest", "library/alpine", "3.16")]
    [InlineData("library/alpine/manifests/3.16/", "Manifest", "library/alpine", "3.16")]
    [InlineData("a/b/c/d/e/blobs/sha256:00", "Blob", "a/b/c/d/e", "sha256:00")]
    [InlineData("manifests/manifests/manifests", "Manifest", "manifests", "manifests")]
    [InlineData("a/tags/list", "Tags", "a", "list")]
    [InlineData("a/referrers/sha256:00", "Referrers", "a", "sha256:00")]
    public void A_path_is_read_from_its_end(string path, string kind, string name, string reference)
    {
        Assert.True(OciRoute.TryParse(path, out var route));
        Assert.Equal((kind, name, reference), (route.Kind.ToString(), route.Name, route.Reference));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("manifests/x")]
    [InlineData("a/tags/other")]
    [InlineData("a/b/c")]
    public void Any_other_path_is_no_route(string path) => Assert.False(OciRoute.TryParse(path, out _));

    [Theory]
    [InlineData(null, null)]
    [InlineData("bytes=0-", "0+100")]
    [InlineData("bytes=10-19", "10+10")]
    [InlineData("bytes=90-500", "90+10")]
    [InlineData("bytes=-10", "90+10")]
    [InlineData("bytes=-1000", "0+100")]
    [InlineData("bytes=0-1,5-6", null)]
    [InlineData("lines=1-2", null)]
    public void A_range_within_the_content_is_honoured(string? header, string? expected)
    {
        Assert.True(RangeHeader.TryRead(header, 100, out var range));
        Assert.Equal(expected, range is { } r ? $"{r.First}+{r.Length}" : null);
    }

    [Theory]
    [InlineData("bytes=100-")]
    [InlineData("bytes=500-0")]
    [InlineData("bytes=50-40")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=x-y")]
    public void A_range_outside_the_content_or_backwards_is_refused(string header) => Assert.False(RangeHeader.TryRead(header, 100, out _));
}
