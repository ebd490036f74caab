using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Contracts;

namespace Pyrsia.Testing.Maven;

/// <summary>
/// A Maven repository on loopback that stands for Maven Central: the libraries of Debian's Maven packages, as
/// <c>/usr/share/maven-repo</c> has them, and what a test puts there. Checksums and the metadata of artifacts are made on the fly.
/// </summary>
public sealed class MavenCentral : IAsyncDisposable
{
    private const string Debian = "/usr/share/maven-repo";

    /// <summary>Maven itself wants this version of plugins that declare none, and Debian has only a later one.</summary>
    private const string WantedUtils = "org/codehaus/plexus/plexus-utils/1.1/plexus-utils-1.1.";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _own = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _served = new();

    private MavenCentral(WebApplication app) => _app = app;

    /// <summary>Its address, which ends with a slash.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Paths that were answered with content, in their order.</summary>
    public IReadOnlyCollection<string> Served => _served;

    /// <summary>Starts one on a free port.</summary>
    public static async Task<MavenCentral> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var central = new MavenCentral(app);
        app.Run(central.AnswerAsync);
        await app.StartAsync(cancellationToken);
        central.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        return central;
    }

    /// <summary>Puts a file there.</summary>
    public void Put(string path, byte[] content) => _own[path] = content;

    /// <summary>What was put there.</summary>
    public byte[] Get(string path) => _own[path];

    /// <summary>Puts a version there: a pom, and a jar with one random entry, which javac can read.</summary>
    /// <param name="gav">The version.</param>
    /// <param name="build">Of a snapshot, which build it is, such as <c>1.0-20261121.065219-2</c>; its metadata then names this one.</param>
    /// <param name="size">Bytes of that entry.</param>
    public void PutLibrary(string gav, string? build = null, int size = 64 * 1024)
    {
        var coordinates = MavenCoordinates.Parse(gav);
        Put(MavenFilePath.Of(coordinates, "pom", build).Target, Encoding.UTF8.GetBytes(
            $"<project><modelVersion>4.0.0</modelVersion><groupId>{coordinates.GroupId}</groupId><artifactId>{coordinates.ArtifactId}</artifactId><version>{coordinates.Version}</version></project>"));
        using var jar = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(jar, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry("content", System.IO.Compression.CompressionLevel.NoCompression).Open())
        {
            entry.Write(RandomNumberGenerator.GetBytes(size));
        }
        Put(MavenFilePath.Of(coordinates, "jar", build).Target, jar.ToArray());
        if (build is null) return;
        var parts = build.Split('-');
        Put($"{coordinates.Directory}/maven-metadata.xml", Encoding.UTF8.GetBytes(
            $"<metadata><versioning><snapshot><timestamp>{parts[^2]}</timestamp><buildNumber>{parts[^1]}</buildNumber></snapshot></versioning></metadata>"));
    }

    /// <summary>Ends it.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        if (MavenPath.TryParse(path, out var parsed) != MavenPathFault.None || Find(parsed!.Target) is not { } content)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (parsed.Checksum is { } checksum) content = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Sum(checksum, content)));
        else _served.Enqueue(path);
        context.Response.ContentLength = content.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private byte[]? Find(string path)
    {
        if (_own.TryGetValue(path, out var own)) return own;
        if (path.StartsWith(WantedUtils, StringComparison.Ordinal))
        {
            var version = Directory.GetDirectories(Path.Combine(Debian, "org/codehaus/plexus/plexus-utils")).Select(directory => Path.GetFileName(directory)).Where(name => char.IsAsciiDigit(name[0])).Order(MavenVersion.Order).Last();
            path = path.Replace("1.1", version, StringComparison.Ordinal);
        }
        var file = Path.Combine(Debian, path);
        if (File.Exists(file)) return File.ReadAllBytes(file);
        var directory = Path.GetDirectoryName(file)!;
        if (Path.GetFileName(path) != MavenMetadataPath.FileName || !Directory.Exists(directory)) return null;
        var artifact = Path.GetFileName(directory);
        string[] versions = [.. Directory.GetDirectories(directory).Select(d => Path.GetFileName(d)).Where(v => File.Exists(Path.Combine(directory, v, $"{artifact}-{v}.pom"))).Order(MavenVersion.Order)];
        return versions.Length == 0 ? null : Encoding.UTF8.GetBytes($"<metadata><artifactId>{artifact}</artifactId><versioning><versions>{string.Concat(versions.Select(v => $"<version>{v}</version>"))}</versions></versioning></metadata>");
    }

    private static byte[] Sum(MavenChecksum checksum, byte[] content) => checksum switch
    {
        // Maven's protocol names the algorithms.
#pragma warning disable CA5350, CA5351
        MavenChecksum.Md5 => MD5.HashData(content),
        MavenChecksum.Sha1 => SHA1.HashData(content),
#pragma warning restore CA5350, CA5351
        MavenChecksum.Sha256 => SHA256.HashData(content),
        _ => SHA512.HashData(content),
    };
}
