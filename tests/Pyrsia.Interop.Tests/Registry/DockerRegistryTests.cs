using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Registry;

/// <summary>The registry client against docker-registry, filled by skopeo.</summary>
public sealed partial class DockerRegistryTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private Process _registry = null!;
    private string _address = "";
    private Digest _index;
    private Descriptor _layer = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var layout = new OciLayout(_directory["layout"]);
        (_layer, var diffId) = layout.AddLayer("content", Encoding.UTF8.GetBytes(new string('x', 50_000)));
        var index = layout.AddIndex(("amd64", layout.AddImage("amd64", [(_layer, diffId)], "true")));
        _index = index.Digest;
        layout.Name("library/app:1", index);
        await File.WriteAllTextAsync(_directory["config.yml"], $"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {_directory["data"]}\nhttp:\n  addr: 127.0.0.1:0\n", Cancel);
        _registry = Process.Start(new ProcessStartInfo("docker-registry", ["serve", _directory["config.yml"]]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _registry.OutputDataReceived += (_, _) => { };
        _registry.BeginOutputReadLine();
        while (_address.Length == 0)
        {
            var line = await _registry.StandardError.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("docker-registry ended.");
            if (ListeningOn().Match(line) is { Success: true } match) _address = match.Groups[1].Value;
        }
        _ = _registry.StandardError.ReadToEndAsync(CancellationToken.None);
        using var copy = Process.Start(new ProcessStartInfo("skopeo", ["copy", "--all", "--quiet", "--dest-tls-verify=false", $"oci:{_directory["layout"]}", $"docker://{_address}/deep/er/app:1"]))!;
        await copy.WaitForExitAsync(Cancel);
        Assert.Equal(0, copy.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        _registry.Kill();
        await _registry.WaitForExitAsync(CancellationToken.None);
        _registry.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_image_is_fetched_by_tag_by_digest_and_blob_by_blob()
    {
        using var client = new HttpRegistryClient(new Uri($"http://{_address}"), new UpstreamOptions { AllowPrivateNetworks = true });
        var image = ImageReference.Parse("registry.example/deep/er/app:1");
        var byTag = await client.GetManifestAsync(image, Cancel);
        Assert.Equal(_index, byTag.Descriptor.Digest);
        Assert.Equal(MediaTypes.OciIndex, byTag.Descriptor.MediaType);
        Assert.Equal(byTag.Content.ToArray(), (await client.GetManifestAsync(image.At(_index), Cancel)).Content.ToArray());
        await using var body = await client.OpenBlobAsync(image, _layer, Cancel);
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, Cancel);
        Assert.Equal(_layer.Digest, Digest.Of(copy.ToArray()));

        Assert.Equal(UpstreamFailure.NotFound, (await Assert.ThrowsAsync<UpstreamException>(() => client.GetManifestAsync(ImageReference.Parse("registry.example/deep/er/app:2"), Cancel))).Failure);
        Assert.Equal(UpstreamFailure.NotFound, (await Assert.ThrowsAsync<UpstreamException>(() => client.GetManifestAsync(ImageReference.Parse("registry.example/none:1"), Cancel))).Failure);
        Assert.Equal(UpstreamFailure.NotFound, (await Assert.ThrowsAsync<UpstreamException>(() => client.OpenBlobAsync(image, _layer with { Digest = Digest.Of("none"u8) }, Cancel))).Failure);
    }

    [GeneratedRegex(@"listening on ([0-9.]+:\d+)")]
    private static partial Regex ListeningOn();
}
