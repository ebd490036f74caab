using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Pyrsia.Cli.Demo;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class DemoImageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_image_of_the_same_files_is_the_same_and_an_upstream_serves_it()
    {
        Directory.CreateDirectory(_directory["programs"]);
        foreach (var name in new[] { "pyrsia-node", "library.dll", "library.pdb" }) await File.WriteAllTextAsync(Path.Combine(_directory["programs"], name), name, TestContext.Current.CancellationToken);
        DemoImage.Write(_directory["one"], "docker.io/pyrsia/demo:1", [_directory["programs"]]);
        File.SetLastWriteTimeUtc(Path.Combine(_directory["programs"], "library.dll"), DateTime.UnixEpoch.AddYears(40));
        DemoImage.Write(_directory["two"], "docker.io/pyrsia/demo:1", [_directory["programs"]]);
        Assert.Equal(await File.ReadAllTextAsync(_directory["one/index.json"], TestContext.Current.CancellationToken), await File.ReadAllTextAsync(_directory["two/index.json"], TestContext.Current.CancellationToken));

        var reference = ImageReference.Parse("pyrsia/demo:1");
        var registry = new OciLayoutRegistry(_directory["one"]);
        var manifest = await registry.GetManifestAsync(reference, TestContext.Current.CancellationToken);
        Assert.Equal(MediaTypes.OciManifest, manifest.Descriptor.MediaType);
        var layers = JsonDocument.Parse(manifest.Content).RootElement.GetProperty("layers").EnumerateArray().ToArray();
        var names = new List<string>();
        foreach (var layer in layers)
        {
            var blob = new Descriptor(layer.GetProperty("mediaType").GetString()!, Digest.Parse(layer.GetProperty("digest").GetString()!), layer.GetProperty("size").GetInt64());
            await using var content = await registry.OpenBlobAsync(reference, blob, TestContext.Current.CancellationToken);
            await using var tar = new TarReader(new GZipStream(content, CompressionMode.Decompress));
            while (await tar.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry) names.Add(entry.Name);
        }
        Assert.Equal(["opt/", "opt/pyrsia/", "opt/pyrsia/library.dll", "opt/", "opt/pyrsia/", "opt/pyrsia/pyrsia-node"], names);
    }
}
