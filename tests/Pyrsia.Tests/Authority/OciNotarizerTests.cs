using System.Collections.Immutable;
using Pyrsia.Authority.Builds;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class OciNotarizerTests : IDisposable
{
    private const string Name = "docker.io/library/app:1";

    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedUpstream _upstream = new();
    private readonly ContentStore _store;

    public OciNotarizerTests() => _store = ContentStore.Open(_directory["content"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
        _network.Dispose();
    }

    private BuildRequest Request(Digest digest, long maxBytes = 1 << 20, params string[] platforms) =>
        (BuildRequest)_network.Request(Name, digest).Body! with { MaxBytes = maxBytes, Variants = [.. platforms] };

    private Task<ImmutableArray<ArtifactOutput>> NotarizeAsync(Descriptor root, long maxBytes = 1 << 20, params string[] platforms)
    {
        _upstream.Tags.TryAdd(Name, root.Digest);
        return new OciNotarizer(_upstream, _store).NotarizeAsync(Request(root.Digest, maxBytes, platforms), Cancel);
    }

    private async Task FailsAsync(FailureReason reason, Descriptor root, long maxBytes = 1 << 20, params string[] platforms)
    {
        var failure = await Assert.ThrowsAsync<NotarizationException>(() => NotarizeAsync(root, maxBytes, platforms));
        Assert.Equal(reason, failure.Reason);
    }

    [Fact]
    public async Task An_image_gives_manifest_config_and_layers_sorted_and_keeps_them()
    {
        var root = _upstream.AddImage("layer one", "layer two", "layer one");
        var outputs = await NotarizeAsync(root);
        Assert.Equal(4, outputs.Length);
        Assert.Equal(outputs.Select(o => o.Digest).Order(), outputs.Select(o => o.Digest));
        Assert.All(outputs, output => Assert.True(_store.Contains(output.Digest)));
        Assert.Equal(MediaTypes.OciManifest, outputs.Single(o => o.Digest == root.Digest).MediaType);
    }

    [Fact]
    public async Task What_is_held_already_is_not_fetched_again()
    {
        var root = _upstream.AddImage("layer");
        var first = await NotarizeAsync(root);
        var opened = _upstream.BlobsOpened;
        Assert.Equal(first, await NotarizeAsync(root));
        Assert.Equal(opened, _upstream.BlobsOpened);
    }

    [Fact]
    public async Task An_index_gives_all_platforms_or_only_those_that_were_asked_for()
    {
        var (amd, arm) = (_upstream.AddImage("amd64"), _upstream.AddImage("arm64", "more"));
        var root = _upstream.AddIndex((amd, "amd64", null), (arm, "arm64", "v8"));
        Assert.Contains(await NotarizeAsync(root), o => o.Digest == arm.Digest);
        var some = await NotarizeAsync(root, 1 << 20, "linux/amd64");
        Assert.Contains(some, o => o.Digest == amd.Digest);
        Assert.DoesNotContain(some, o => o.Digest == arm.Digest);
    }

    [Theory]
    [InlineData("linux/arm64")]
    [InlineData("linux/arm64/v8")]
    public async Task A_platform_without_variant_means_all_variants(string platform)
    {
        var (amd, arm) = (_upstream.AddImage("amd64"), _upstream.AddImage("arm64"));
        var outputs = await NotarizeAsync(_upstream.AddIndex((amd, "amd64", null), (arm, "arm64", "v8")), 1 << 20, platform);
        Assert.Contains(outputs, o => o.Digest == arm.Digest);
        Assert.DoesNotContain(outputs, o => o.Digest == amd.Digest);
    }

    [Fact]
    public Task A_platform_that_the_index_lacks_is_unknown() =>
        FailsAsync(FailureReason.UnknownImage, _upstream.AddIndex((_upstream.AddImage("amd64"), "amd64", null)), 1 << 20, "linux/s390x");

    [Fact]
    public async Task An_index_in_an_index_is_followed_and_a_tower_of_them_is_not()
    {
        var image = _upstream.AddImage("deep");
        var nested = _upstream.AddIndex((_upstream.AddIndex((image, "amd64", null)), null, null));
        Assert.Contains(await NotarizeAsync(nested, 1 << 20, "linux/amd64"), o => o.Digest == image.Digest);
        for (var i = 0; i < 6; i++) nested = _upstream.AddIndex((nested, null, null));
        _upstream.Tags.Clear();
        await FailsAsync(FailureReason.LimitExceeded, nested);
    }

    [Fact]
    public async Task A_tag_that_moved_since_it_was_asked_for_is_told_apart()
    {
        var root = _upstream.AddImage("old");
        _upstream.Tags[Name] = _upstream.AddImage("new").Digest;
        await FailsAsync(FailureReason.TagMoved, root);
    }

    [Fact]
    public async Task An_image_that_the_upstream_lacks_is_unknown()
    {
        var request = Request(Digest.Of("nothing"u8));
        var failure = await Assert.ThrowsAsync<NotarizationException>(() => new OciNotarizer(_upstream, _store).NotarizeAsync(request, Cancel));
        Assert.Equal(FailureReason.UnknownImage, failure.Reason);
    }

    [Theory]
    [InlineData(UpstreamFailure.Unavailable, FailureReason.UpstreamUnavailable)]
    [InlineData(UpstreamFailure.Corrupt, FailureReason.UpstreamUnavailable)]
    [InlineData(UpstreamFailure.Denied, FailureReason.Denied)]
    [InlineData(UpstreamFailure.Forbidden, FailureReason.Denied)]
    [InlineData(UpstreamFailure.LimitExceeded, FailureReason.LimitExceeded)]
    public Task A_failure_of_the_upstream_keeps_its_class(UpstreamFailure failure, FailureReason reason)
    {
        var root = _upstream.AddImage("layer");
        _upstream.Failure = new UpstreamException(failure, "told so");
        return FailsAsync(reason, root);
    }

    [Fact]
    public async Task An_image_of_more_bytes_than_allowed_is_refused_whatever_its_manifest_says()
    {
        await FailsAsync(FailureReason.LimitExceeded, _upstream.AddImage(new string('x', 5_000)), 4_000);
        Assert.Equal(0, _upstream.BlobsOpened - 1);
        var layer = _upstream.Add(MediaTypes.OciLayerGzip, new string('y', 5_000));
        _upstream.Tags.Clear();
        var liar = _upstream.AddManifest(layer with { Size = 10 });
        var failure = await Assert.ThrowsAsync<NotarizationException>(() => NotarizeAsync(liar));
        Assert.Equal(FailureReason.LimitExceeded, failure.Reason);
        Assert.False(_store.Contains(layer.Digest));
    }

    [Fact]
    public async Task A_blob_with_other_bytes_than_its_digest_is_refused_and_not_kept()
    {
        var layer = _upstream.Add(MediaTypes.OciLayerGzip, "right");
        var root = _upstream.AddManifest(layer);
        _upstream.Content[layer.Digest] = (layer.MediaType, "wrong"u8.ToArray());
        await FailsAsync(FailureReason.UpstreamUnavailable, root);
        Assert.False(_store.Contains(layer.Digest));
    }

    [Fact]
    public Task A_blob_that_is_shorter_than_its_manifest_says_is_refused()
    {
        var layer = _upstream.Add(MediaTypes.OciLayerGzip, "short");
        return FailsAsync(FailureReason.Denied, _upstream.AddManifest(layer with { Size = 500 }));
    }

    [Theory]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")]
    public Task A_layer_that_its_owner_keeps_is_refused(string mediaType) =>
        FailsAsync(FailureReason.Denied, _upstream.AddManifest(_upstream.Add(mediaType, "windows")));

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"config":null,"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":null,"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"a/b","digest":null,"size":0},"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"a/b","digest":"md5:00","size":0},"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":-1},"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":1e99},"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":{}}""")]
    public Task A_malformed_manifest_is_a_failure_of_the_image_and_not_of_the_authority(string manifest) =>
        FailsAsync(FailureReason.Denied, _upstream.Add(MediaTypes.OciManifest, manifest));

    [Fact]
    public Task A_manifest_of_an_unknown_kind_is_refused() => FailsAsync(FailureReason.Denied, _upstream.Add("application/vnd.docker.distribution.manifest.v1+json", "{}"));

    [Fact]
    public async Task An_oci_layout_directory_serves_as_upstream()
    {
        var root = _upstream.AddImage("from a directory");
        Directory.CreateDirectory(_directory["layout/blobs/sha256"]);
        foreach (var (digest, content) in _upstream.Content) await File.WriteAllBytesAsync(_directory[$"layout/blobs/sha256/{digest.Hex}"], content.Bytes, Cancel);
        await File.WriteAllTextAsync(
            _directory["layout/index.json"],
            $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{{root.MediaType}}}","digest":"{{{root.Digest}}}","size":{{{root.Size}}},"annotations":{"org.opencontainers.image.ref.name":"library/app:1"}}]}""", Cancel);
        var layout = new OciNotarizer(new OciLayoutRegistry(_directory["layout"]), _store);
        Assert.Equal(3, (await layout.NotarizeAsync(Request(root.Digest), Cancel)).Length);

        var missing = await Assert.ThrowsAsync<NotarizationException>(() => new OciNotarizer(new OciLayoutRegistry(_directory["nowhere"]), _store).NotarizeAsync(Request(root.Digest), Cancel));
        Assert.Equal(FailureReason.UpstreamUnavailable, missing.Reason);
    }
}
