using System.Text.Json;

namespace Pyrsia.Builds.Docker;

/// <summary>The engine's lines of progress: JSON objects, one a line. A call that fails after its head was sent says so here.</summary>
internal static class EngineProgress
{
    /// <summary>Reads all lines.</summary>
    /// <exception cref="DockerEngineException">A line reports an error, is no JSON object, or is too long.</exception>
    internal static async Task ReadAsync(Stream stream, int maxLineBytes, CancellationToken cancellationToken, Action<ProgressLine>? hear = null)
    {
        var buffer = new byte[maxLineBytes];
        var held = 0;
        while (await stream.ReadAsync(buffer.AsMemory(held), cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            held += read;
            int end;
            while ((end = buffer.AsSpan(0, held).IndexOf((byte)'\n')) >= 0)
            {
                Check(buffer.AsSpan(0, end), hear);
                buffer.AsSpan(end + 1, held - end - 1).CopyTo(buffer);
                held -= end + 1;
            }
            if (held == buffer.Length) throw new DockerEngineException($"A line of the Docker engine's progress is longer than {maxLineBytes} bytes.");
        }
        Check(buffer.AsSpan(0, held), hear);
    }

    private static void Check(ReadOnlySpan<byte> line, Action<ProgressLine>? hear)
    {
        if (line.Trim(" \r\t"u8).IsEmpty) return;
        try
        {
            var said = JsonSerializer.Deserialize(line, ProgressJson.Default.ProgressLine);
            if (said?.Error is { } error) throw new DockerEngineException($"The Docker engine could not do it: {error}");
            if (said is not null) hear?.Invoke(said);
        }
        catch (JsonException e)
        {
            throw new DockerEngineException("A line of the Docker engine's progress can't be read.", e);
        }
    }
}
