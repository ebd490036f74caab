using Pyrsia.Authority.Workers;
using Pyrsia.Builds;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Dockerfiles;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sources;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What a build and the engine that runs it send.</summary>
internal static class BuildTargets
{
    private const int MaxLineBytes = 1024;
    private const int MaxFileBytes = 1 << 20;

    private static readonly OutputRules Rules = new() { MaxEntries = 50, MaxBytes = 10_000, InnerLinks = true };

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("docker-frames", () => [[1, 0, 0, 0, 0, 0, 0, 3, 65, 66, 67, 2, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1]], input =>
        {
            Promise.OneSpelling(Frames(input, input.Length), Frames(input, 1));
        }),
        new("docker-progress", () => Promise.Texts("{\"status\":\"x\"}\r\n{\"error\":\"y\",\"errorDetail\":{\"message\":\"y\"}}\n", "\n\n{}"), input =>
        {
            try
            {
                EngineProgress.ReadAsync(new MemoryStream(input), MaxLineBytes, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (DockerEngineException)
            {
                // What the engine client reports.
            }
        }),
        new("output-tar", Tars, input =>
        {
            try
            {
                var bytes = 0L;
                var reader = new TarReader(new MemoryStream(input), Rules);
                while (reader.NextAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } entry)
                {
                    var path = Path.GetFullPath(Path.Combine("/tree", entry.Name));
                    Promise.Holds(path == "/tree/" + entry.Name, "a name stays in its tree and is its only spelling");
                    Promise.Holds(entry.Type is '0' or '2' or '5', "no other kind is taken");
                    bytes += entry.Size;
                }
                Promise.Holds(bytes <= Rules.MaxBytes, "the limit holds");
            }
            catch (OutputRefusedException)
            {
                // What becomes a refusal.
            }
        }),
        new("build-report", Reports, input =>
        {
            try
            {
                var report = BuildReport.Parse(input);
                Promise.Holds(BuildReport.Parse(report.ToBytes()).ToBytes().AsSpan().SequenceEqual(report.ToBytes()), "what was read is written and read");
                Promise.Holds(report.Holder().Addresses.Count <= report.Addresses.Count, "no address is made up");
                _ = report.Log?.Check(MaxFileBytes);
                _ = report.Plan?.Check();
                foreach (var file in report.Build?.Outputs ?? []) Promise.Holds(file.Check(MaxFileBytes).Size <= MaxFileBytes, "the limit holds");
                _ = report.Failure?.ToException(null);
            }
            catch (WorkerException)
            {
                // What is worth as much as no report.
            }
        }),
        new("build-specification", () => [.. Promise.Texts(Specification, Assembly), Sample().ToBytes()], input =>
        {
            if (!BuildSpecification.TryParse(input, out var specification, out var error))
            {
                Promise.Holds(error.Length > 0, "a refusal says why");
                return;
            }
            var bytes = specification.ToBytes();
            Promise.Holds(bytes.Length <= BuildSpecification.MaxBytes, "what is read can be logged");
            Promise.Holds(BuildSpecification.TryParse(bytes, out var again, out _) && again.Equals(specification), "the canonical form means the same");
            Promise.OneSpelling(bytes, again!.ToBytes());
            Promise.Holds(specification.Assembly is null || specification.Assembly.Files.All(f => f.Output.StartsWith(Coordinate.OutputFolder(specification.Source.Url)!, StringComparison.Ordinal)), "an image has files of its artifact alone");
            Promise.Holds(specification.Artifacts.All(a => a.Outputs.All(o => o.StartsWith(Coordinate.OutputFolder(a.Coordinate)!, StringComparison.Ordinal))), "outputs stand in their own folder");
        }),
        new("proxy-request", () => Promise.Texts(
            "CONNECT git.example.org:443 HTTP/1.1\r\nHost: git.example.org:443\r\n\r\n",
            "GET http://git.example.org:8080/acme/lib.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: other\r\nGit-Protocol: version=2\r\nCookie: a=b\r\n\r\n",
            "POST http://[::1]/x HTTP/1.1\r\n\r\n"), input =>
        {
            if (!ProxyRequest.TryParse(input, out var request)) return;
            Promise.Holds(ProxyRequest.HeadLength(input) == input.Length && input.Length <= ProxyRequest.MaxHeadBytes, "only a whole head is taken");
            Promise.Holds(request.Port is > 0 and <= ushort.MaxValue && Uri.CheckHostName(request.Host) != UriHostNameType.Unknown, "it names a host and a port");
            Promise.Holds(request.IsTunnel == request.Head.IsEmpty, "a tunnel sends nothing of its own");
            if (request.IsTunnel) return;
            var lines = Promise.Text(request.Head.ToArray()).Split("\r\n");
            Promise.Holds(lines is [.., "", ""] && lines.SkipLast(2).All(l => l.Length > 0), "what is sent is one whole head");
            Promise.Holds(lines.Count(l => l.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) == 1, "it names one host");
            Promise.Holds(!lines.Any(l => l.StartsWith("Cookie:", StringComparison.OrdinalIgnoreCase) || l.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase)), "it carries nobody's credentials");
        }),
        new("image-layer", () => [.. Tars(), Layer()], input =>
        {
            try
            {
                var once = OneForm(input);
                Promise.OneSpelling(Convert.ToHexString(once), Convert.ToHexString(OneForm(once)));
            }
            catch (ImageRefusedException)
            {
                // What becomes a build's failure.
            }
        }),
        new("dockerfile", () => Promise.Texts("ARG A=b\nFROM $A:1 AS x\nRUN a \\\n# c\n b\nFROM scratch\nCOPY --from=x --chown=1 a /\nADD [\"a\", \"/\"]\nCMD [\"a\"]\n", "FROM a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"), input =>
        {
            try
            {
                var file = Dockerfile.Parse(input, "amd64");
                var written = file.ToBytes(image => image.ToString());
                var again = Dockerfile.Parse(written, "amd64");
                Promise.Holds(again.Bases.SequenceEqual(file.Bases) && Equals(again.ResultBase, file.ResultBase), "what is written stands on the same images");
                Promise.OneSpelling(Promise.Text(written), Promise.Text(again.ToBytes(image => image.ToString())));
            }
            catch (DockerfileRefusedException)
            {
                // What becomes a build's failure.
            }
        }),
        new("image-config", () => Promise.Texts("""{"architecture":"amd64","os":"linux","config":{"Env":["A=1"],"Cmd":["x"],"Labels":{"a":"b"},"Volumes":{"/v":{}},"Healthcheck":{"Test":["NONE"],"Retries":3}},"rootfs":{"type":"layers","diff_ids":[]}}"""), input =>
        {
            try
            {
                var once = ImageConfig.Parse(input).ToBytes([], DateTimeOffset.UnixEpoch);
                Promise.OneSpelling(Promise.Text(once), Promise.Text(ImageConfig.Parse(once).ToBytes([], DateTimeOffset.UnixEpoch)));
            }
            catch (ImageRefusedException)
            {
                // What becomes a build's failure.
            }
        }),
        new("dpkg-status", () => Promise.Texts("Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\nPackage: b\n"), input => _ = PackageList.Parse(Promise.Text(input))),
    ];

    private const string Specification =
        """
        {"apiVersion":"1","kind":"pyrsia-build-specification","packageType":"maven",
         "artifacts":[{"coordinate":"maven:org.acme:lib:1.0","outputs":["org/acme/lib/1.0/lib-1.0.jar"]}],
         "source":{"kind":"git","url":"https://git.example.org/acme/lib.git","revision":"0123456789abcdef0123456789abcdef01234567","tag":"v1.0","subdirectory":"sub"},
         "tool":{"name":"mvn","version":"3.8.7","jdk":17,"goals":["deploy"],"options":["-DskipTests"]},
         "environment":{"newline":"lf","umask":"022","timeZone":"UTC","locale":"C.UTF-8"},"outputTimestamp":1700000000,
         "builderImage":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
        """;

    private const string Assembly =
        """
        {"apiVersion":"1","kind":"pyrsia-build-specification","packageType":"docker",
         "artifacts":[{"coordinate":"docker:docker.io/acme/app:1.0","outputs":["docker/docker.io/acme/app:1.0/manifest.json","docker/docker.io/acme/app:1.0/config.json","docker/docker.io/acme/app:1.0/packages.cdx.json"]}],
         "source":{"kind":"artifact","url":"maven:org.acme:lib:1.0","revision":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
         "builderImage":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         "assembly":{"base":"docker.io/library/base:1","files":[{"output":"org/acme/lib/1.0/lib-1.0.jar","path":"app/lib.jar","executable":true}],"entrypoint":["java","-jar"],"environment":["A=b"],"user":"1","workingDirectory":"/app"}}
        """;

    private static BuildSpecification Sample() => BuildSpecification.TryParse(Promise.Utf8(Specification), out var sample, out var error) ? sample : throw new InvalidOperationException(error);

    private static string Frames(byte[] input, int pieceLength)
    {
        var decoder = new StreamFrameDecoder();
        var (output, error) = (new MemoryStream(), new MemoryStream());
        var end = "cut";
        try
        {
            foreach (var chunk in input.Chunk(Math.Max(1, pieceLength)))
            {
                ReadOnlyMemory<byte> rest = chunk;
                while (decoder.TryTake(ref rest, out var stream, out var piece)) (stream == ContainerStream.Output ? output : error).Write(piece.Span);
            }
            if (decoder.IsAtBoundary) end = "whole";
        }
        catch (InvalidDataException)
        {
            end = "refused";
        }
        return $"{Convert.ToHexStringLower(output.ToArray())} {Convert.ToHexStringLower(error.ToArray())} {end}";
    }

    /// <summary>The form that a layer has when it is put together again, whatever form it came in.</summary>
    private static byte[] OneForm(byte[] layer)
    {
        var tree = new FileTree(new ImageLimits { MaxEntries = 50, MaxBytes = 10_000 }, 0);
        tree.Settle();
        tree.ApplyAsync(new MemoryStream(layer), KeepAsync, CancellationToken.None).GetAwaiter().GetResult();
        using var output = new MemoryStream();
        using var writer = new LayerWriter(output);
        new LayerDelta(writer, 1_000_000).WriteAsync(tree.Root, CancellationToken.None).GetAwaiter().GetResult();
        writer.EndAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return output.ToArray();

        static async ValueTask<FileContent> KeepAsync(LayerReader reader, LayerEntry entry)
        {
            using var content = new MemoryStream();
            await reader.CopyContentAsync(content, CancellationToken.None);
            Promise.Holds(content.Length == entry.Size, "a file has the size that it states");
            return FileContent.In(content.ToArray());
        }
    }

    private static byte[] Layer()
    {
        using var stream = new MemoryStream();
        using (var writer = new System.Formats.Tar.TarWriter(stream, System.Formats.Tar.TarEntryFormat.Gnu, leaveOpen: true))
        {
            writer.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a/b") { DataStream = new MemoryStream([1, 2, 3]) });
            writer.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.HardLink, "a/c") { LinkName = "a/b" });
            writer.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.CharacterDevice, "n") { DeviceMajor = 1, DeviceMinor = 3 });
            writer.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a/.wh.d"));
            writer.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "e/.wh..wh..opq"));
        }
        return stream.ToArray();
    }

    private static IReadOnlyList<byte[]> Reports()
    {
        var peer = Libp2pFormatTargets.Peer.PeerId.ToString();
        var some = Digest.Of("some"u8);
        var file = new ReportedContent(some.ToString(), 5, 1 << 18, some.Hex, "file");
        return
        [
            new BuildReport(peer, ["/ip4/127.0.0.1/tcp/1"], file, Plan: ReportedPlan.Of(new BuildInputs(1_700_000_000, DependencyLock.Of([new LockedFile("b/x.jar", some, 5)])))).ToBytes(),
            new BuildReport(peer, [], file, Build: new ReportedBuild("bubblewrap", "linux/amd64", file, [file])).ToBytes(),
            new BuildReport(peer, [], Failure: ReportedFailure.Of(new BuildFailureException(FailureReason.CommitNotFound, "no such commit"))).ToBytes(),
            new BuildReport(peer, [], Trouble: "no disk").ToBytes(),
        ];
    }

    private static IReadOnlyList<byte[]> Tars()
    {
        using var directory = new Testing.TemporaryDirectory();
        Directory.CreateDirectory(directory["tree/dir"]);
        File.WriteAllText(directory["tree/dir/file"], "content");
        File.WriteAllText(directory[$"tree/{new string('n', 120)}"], "");
        File.CreateSymbolicLink(directory["tree/link"], "dir/file");
        using var tar = new MemoryStream();
        SourceArchive.WriteAsync(directory["tree"], tar, DateTimeOffset.UnixEpoch, Rules, CancellationToken.None).GetAwaiter().GetResult();
        return [tar.ToArray()];
    }
}
