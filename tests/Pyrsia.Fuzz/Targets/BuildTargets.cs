using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What a build and the engine that runs it send.</summary>
internal static class BuildTargets
{
    private const int MaxLineBytes = 1024;

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
        new("dpkg-status", () => Promise.Texts("Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\nPackage: b\n"), input => _ = PackageList.Parse(Promise.Text(input))),
    ];

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
