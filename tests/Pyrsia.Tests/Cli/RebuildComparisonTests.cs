using System.IO.Compression;
using System.Net;
using Pyrsia.Builds.Differences;
using Pyrsia.Builds.Outputs;
using Pyrsia.Cli;
using Pyrsia.Cli.Builds;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class RebuildComparisonTests : IDisposable
{
    private const string Name = "org/acme/lib/1.0/lib-1.0.jar";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static byte[] Jar(string manifest)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in new[] { ("META-INF/MANIFEST.MF", manifest), ("A.class", "code") })
            {
                var entry = archive.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }
        }
        return stream.ToArray();
    }

    private async Task<RebuiltFile> CompareAsync(byte[] logged, byte[] built, byte[]? served)
    {
        var path = _directory["built.jar"];
        await File.WriteAllBytesAsync(path, built, TestContext.Current.CancellationToken);
        var output = ArtifactOutput.Of(ChunkTreeBuilder.Compute(logged), "application/java-archive") with { Name = Name };
        using var node = new NodeClient("http://127.0.0.1:1", new Serving(output.Digest, served), TimeProvider.System);
        return Assert.Single(await new RebuildComparison(node, _directory.Path, new Diffoscope(TimeProvider.System, TimeSpan.FromSeconds(30))).RunAsync([output], [new OutputFile(Name, path, built.Length, Digest.Of(built), false)], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_same_bytes_are_reproduced_whatever_the_node_serves()
    {
        var file = await CompareAsync(Jar("1"), Jar("1"), null);
        Assert.True(file.IsSame);
        Assert.Null(file.Differences);
    }

    [Fact]
    public async Task Of_archives_that_differ_the_entries_are_named()
    {
        var file = await CompareAsync(Jar("Built-By: a"), Jar("Built-By: bb"), Jar("Built-By: a"));
        Assert.False(file.IsSame);
        Assert.Equal(("META-INF/MANIFEST.MF", EntryDifferenceKind.Content), file.Differences!.Select(d => (d.Name, d.Kind)).Single());
    }

    [Fact]
    public async Task What_nobody_serves_is_compared_by_its_digest_and_a_wrong_file_is_not_compared_at_all()
    {
        Assert.Null((await CompareAsync(Jar("1"), Jar("2"), null)).Differences);
        Assert.Null((await CompareAsync("text"u8.ToArray(), "other"u8.ToArray(), "text"u8.ToArray())).Differences);
        Assert.Equal(ExitCode.VerificationFailed, (await Assert.ThrowsAsync<CliException>(() => CompareAsync(Jar("1"), Jar("2"), Jar("3")))).ExitCode);
    }

    private sealed class Serving(Digest digest, byte[]? served) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.EndsWith($"/blobs/{digest}", request.RequestUri!.AbsolutePath, StringComparison.Ordinal);
            return Task.FromResult(served is null
                ? new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request, Content = new StringContent("{}") }
                : new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent(served) });
        }
    }
}
