using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Builds;
using Pyrsia.Builds.Sources;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Source archives from a real server, through the real proxy: what is pinned is taken, and everything else is refused with its reason.</summary>
public sealed class ArchiveFetcherTests : IAsyncLifetime
{
    private const long Seconds = 1_700_000_000;

    private readonly TemporaryDirectory _directory = new();
    private WebApplication _server = null!;
    private RequestDelegate _answer = _ => Task.CompletedTask;
    private string _address = "";
    private int _fetches;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(context => _answer(context));
        await _server.StartAsync(Cancel);
        _address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    private static byte[] Tar(params (string Name, string? Content, TarEntryType Type)[] entries)
    {
        var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, content, type) in entries)
            {
                var entry = new PaxTarEntry(type, name) { ModificationTime = DateTimeOffset.FromUnixTimeSeconds(Seconds) };
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = content!;
                else if (content is not null) entry.DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
                tar.WriteEntry(entry);
            }
        }
        return bytes.ToArray();
    }

    private static byte[] Good() => Tar(("lib-1.0/", null, TarEntryType.Directory), ("lib-1.0/pom.xml", "<project/>", TarEntryType.RegularFile), ("lib-1.0/link", "pom.xml", TarEntryType.SymbolicLink));

    private static byte[] GZip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Fetches what the server gives, pinned by its digest unless told otherwise.</summary>
    private Task<SourceTree> FetchAsync(byte[] served, string? revision = null, string subdirectory = "lib-1.0", SourceLimits? limits = null)
    {
        _answer = context => context.Response.Body.WriteAsync(served, Cancel).AsTask();
        return FetchAsync(revision ?? Digest.Of(served).Hex, subdirectory, limits);
    }

    private Task<SourceTree> FetchAsync(string revision, string subdirectory = "", SourceLimits? limits = null, string? url = null, bool allowPrivate = true) =>
        new ArchiveFetcher(limits ?? new SourceLimits(), allowPrivate, TimeProvider.System).FetchAsync(
            new BuildSource(SourceKind.Archive, url ?? $"{_address}/lib-1.0.tar.gz", revision, null, subdirectory), Directory.CreateDirectory(_directory[$"fetch-{++_fetches}"]).FullName, Cancel);

    private async Task FailsAsync(FailureReason reason, string says, Func<Task<SourceTree>> fetch)
    {
        var failure = await Assert.ThrowsAsync<BuildFailureException>(fetch);
        Assert.True(reason == failure.Reason && failure.Message.Contains(says, StringComparison.Ordinal), $"{failure.Reason}: {failure.Message}");
        Assert.False(Directory.Exists(_directory[$"fetch-{_fetches}/source"]) && reason != FailureReason.Denied, "nothing of it is left");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tar_packed_or_not_becomes_a_tree_with_the_time_of_its_newest_file(bool packed)
    {
        var tree = await FetchAsync(packed ? GZip(Good()) : Good());
        Assert.Equal(Seconds, tree.TimeSeconds);
        Assert.Equal("<project/>", await File.ReadAllTextAsync(Path.Combine(tree.Directory, "lib-1.0/link"), Cancel));
    }

    [Fact]
    public async Task A_redirect_is_followed_and_a_circle_is_not()
    {
        var bytes = GZip(Good());
        _answer = context =>
        {
            if (context.Request.Path == "/there") return context.Response.Body.WriteAsync(bytes, Cancel).AsTask();
            context.Response.Redirect("/there");
            return Task.CompletedTask;
        };
        Assert.Equal(Seconds, (await FetchAsync(Digest.Of(bytes).Hex)).TimeSeconds);
        _answer = context =>
        {
            context.Response.Redirect("/round");
            return Task.CompletedTask;
        };
        await FailsAsync(FailureReason.SourceUnavailable, "302", () => FetchAsync(Digest.Of(bytes).Hex));
    }

    [Fact]
    public async Task Another_digest_is_refused_before_anything_is_unpacked()
    {
        var bytes = GZip(Good());
        await FailsAsync(FailureReason.CommitNotFound, Digest.Of(bytes).Hex, () => FetchAsync(bytes, new string('0', 64)));
    }

    [Fact]
    public async Task Trouble_with_the_server_is_told()
    {
        _answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        await FailsAsync(FailureReason.SourceUnavailable, "404", () => FetchAsync(new string('0', 64)));
        await FailsAsync(FailureReason.SourceUnavailable, "cannot be fetched", () => FetchAsync(new string('0', 64), url: "file:///etc/hostname"));
        _answer = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(new byte[10], Cancel);
            await context.Response.Body.FlushAsync(Cancel);
            context.Abort();
        };
        await FailsAsync(FailureReason.SourceUnavailable, "cannot be fetched", () => FetchAsync(new string('0', 64)));
    }

    [Fact]
    public async Task A_server_that_never_ends_is_left()
    {
        _answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        await FailsAsync(FailureReason.SourceUnavailable, "did not come within", () => FetchAsync(new string('0', 64), limits: new SourceLimits { Time = TimeSpan.FromMilliseconds(200) }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_larger_than_allowed_is_cut_off(bool says)
    {
        _answer = async context =>
        {
            if (says) context.Response.ContentLength = 1 << 20;
            for (var i = 0; i < 16; i++) await context.Response.Body.WriteAsync(new byte[64 << 10], context.RequestAborted);
        };
        await FailsAsync(FailureReason.ResourceLimit, "larger", () => FetchAsync(new string('0', 64), limits: new SourceLimits { TransferBytes = 100_000 }));
    }

    [Fact]
    public async Task What_unpacks_to_more_than_allowed_is_refused()
    {
        var limits = new SourceLimits { TreeBytes = 1 << 20, TreeEntries = 10 };
        await FailsAsync(FailureReason.ResourceLimit, "more than", () => FetchAsync(GZip(Tar(("a", new string('a', 2 << 20), TarEntryType.RegularFile))), limits: limits));
        await FailsAsync(FailureReason.ResourceLimit, "more than", () => FetchAsync(GZip(Tar([.. Enumerable.Range(0, 20).Select(i => ($"f{i}", (string?)"x", TarEntryType.RegularFile))])), limits: limits));
        // Zeros without end behind an archive cost next to nothing on the wire.
        await FailsAsync(FailureReason.ResourceLimit, "more than", () => FetchAsync(GZip([.. Good(), .. new byte[8 << 20]]), limits: limits));
    }

    [Fact]
    public async Task What_no_builder_unpacks_is_refused_with_the_entry()
    {
        foreach (var (name, content, type) in new[]
                 {
                     ("out", "../../etc/passwd", TarEntryType.SymbolicLink), ("out", "/etc/passwd", TarEntryType.SymbolicLink), ("hard", "lib-1.0/pom.xml", TarEntryType.HardLink), ("pipe", (string?)null, TarEntryType.Fifo),
                     ("/etc/passwd", "x", TarEntryType.RegularFile), ("lib-1.0/../../x", "x", TarEntryType.RegularFile), ("lib-1.0/pom.xml", "again", TarEntryType.RegularFile), ("lib-1.0/link/x", "below a link", TarEntryType.RegularFile),
                 })
            await FailsAsync(FailureReason.Denied, "no builder unpacks", () => FetchAsync(GZip(Tar(("lib-1.0/pom.xml", "<project/>", TarEntryType.RegularFile), ("lib-1.0/link", "pom.xml", TarEntryType.SymbolicLink), (name, content, type)))));
    }

    [Fact]
    public async Task What_is_no_tar_is_refused()
    {
        await FailsAsync(FailureReason.Denied, "zip", () => FetchAsync("PK\u0003\u0004"u8.ToArray()));
        await FailsAsync(FailureReason.Denied, "no builder unpacks", () => FetchAsync("no archive at all"u8.ToArray()));
        await FailsAsync(FailureReason.Denied, "no builder unpacks", () => FetchAsync([]));
        await FailsAsync(FailureReason.Denied, "", () => FetchAsync(GZip(Good())[..^20]));
        await FailsAsync(FailureReason.Denied, "damaged", () => FetchAsync([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        await FailsAsync(FailureReason.Denied, "no folder 'other'", () => FetchAsync(GZip(Good()), subdirectory: "other"));
        await FailsAsync(FailureReason.Denied, "no folder 'lib-1.0/link'", () => FetchAsync(GZip(Good()), subdirectory: "lib-1.0/link"));
    }

    [Theory]
    [InlineData("https://127.0.0.1/x.tar.gz")]
    [InlineData("https://localhost/x.tar.gz")]
    [InlineData("https://[::1]/x.tar.gz")]
    public Task Outside_a_test_network_no_private_address_is_reached(string url) =>
        FailsAsync(FailureReason.SourceUnavailable, "no public address", () => FetchAsync(new string('0', 64), url: url, allowPrivate: false));

    [Fact]
    public Task Outside_a_test_network_a_redirect_to_another_protocol_or_port_is_refused_by_the_proxy() =>
        FailsAsync(FailureReason.SourceUnavailable, "is not https", () => FetchAsync(new string('0', 64), allowPrivate: false));
}
