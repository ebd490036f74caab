using System.Text;
using Google.Protobuf;

namespace Pyrsia.Builds.Docker;

/// <summary>
/// What BuildKit tells of a build, as lines of a log: the engine sends its <c>moby.buildkit.trace</c>, a protobuf message <c>moby.buildkit.v1.StatusResponse</c>, of which steps, their output and their errors are told.
/// </summary>
/// <param name="write">Takes what is to be read.</param>
/// <seealso href="https://github.com/moby/buildkit/blob/v0.12.5/api/services/control/control.proto"/>
internal sealed class BuildKitTrace(Action<ReadOnlyMemory<byte>> write)
{
    /// <summary>What the engine calls lines that carry it.</summary>
    internal const string LineId = "moby.buildkit.trace";

    // StatusResponse.
    private const int Vertexes = 1;
    private const int Logs = 3;

    // Vertex.
    private const int VertexDigest = 1;
    private const int VertexName = 3;
    private const int VertexStarted = 5;
    private const int VertexError = 7;

    // VertexLog.
    private const int LogMessage = 4;

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Takes a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    internal void Hear(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case Vertexes when IsBytes(tag): Vertex(input.ReadBytes().CreateCodedInput()); break;
                case Logs when IsBytes(tag): Log(input.ReadBytes().CreateCodedInput()); break;
                default: input.SkipLastField(); break;
            }
        }
    }

    /// <summary>A step: its name when it begins, and why it failed. It comes again whenever it changes.</summary>
    private void Vertex(CodedInputStream input)
    {
        var (digest, name, error, hasStarted) = ("", "", "", false);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case VertexDigest when IsBytes(tag): digest = input.ReadString(); break;
                case VertexName when IsBytes(tag): name = input.ReadString(); break;
                case VertexError when IsBytes(tag): error = input.ReadString(); break;
                case VertexStarted when IsBytes(tag): (hasStarted, _) = (true, input.ReadBytes()); break;
                default: input.SkipLastField(); break;
            }
        }
        if (hasStarted && _told.Add(digest)) Say(name);
        if (error.Length > 0 && _told.Add($"{digest} failed")) Say($"{name}: {error}");
    }

    private void Log(CodedInputStream input)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == LogMessage && IsBytes(tag)) write(input.ReadBytes().Memory);
            else input.SkipLastField();
        }
    }

    private void Say(string line) => write(Encoding.UTF8.GetBytes(line + "\n"));

    private static bool IsBytes(uint tag) => WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
}
