using System.Buffers.Binary;

namespace Pyrsia.Builds.Docker;

/// <summary>Which stream of a container a piece belongs to.</summary>
internal enum ContainerStream : byte
{
    /// <summary>Standard output.</summary>
    Output = 1,

    /// <summary>Standard error.</summary>
    Error = 2,
}

/// <summary>
/// Takes the engine's multiplexed stream apart. A frame's payload is passed on in the pieces that it arrives in, so no length that an engine states takes memory.
/// <code>
/// +--------+-------+-------------------+----------------
/// | stream | 0 0 0 | length, u32 big-e.| payload ...
/// +--------+-------+-------------------+----------------
/// </code>
/// </summary>
/// <seealso href="https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach"/>
internal sealed class StreamFrameDecoder
{
    private const int HeaderLength = 8;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerBytes;
    private uint _left;

    /// <summary>True between frames: a stream that ends elsewhere was cut.</summary>
    internal bool IsAtBoundary => _headerBytes == 0 && _left == 0;

    /// <summary>Takes the next piece off some input.</summary>
    /// <param name="input">What arrived; moved past what was taken.</param>
    /// <param name="stream">Whose piece it is.</param>
    /// <param name="piece">The bytes, never none.</param>
    /// <returns>False when the input is used up and more is needed.</returns>
    /// <exception cref="InvalidDataException">It is no such stream.</exception>
    internal bool TryTake(ref ReadOnlyMemory<byte> input, out ContainerStream stream, out ReadOnlyMemory<byte> piece)
    {
        while (!input.IsEmpty)
        {
            if (_left > 0)
            {
                var taken = (int)Math.Min(_left, (uint)input.Length);
                (stream, piece) = ((ContainerStream)_header[0], input[..taken]);
                input = input[taken..];
                _left -= (uint)taken;
                return true;
            }
            TakeHeader(ref input);
        }
        (stream, piece) = (default, default);
        return false;
    }

    private void TakeHeader(ref ReadOnlyMemory<byte> input)
    {
        var taken = Math.Min(HeaderLength - _headerBytes, input.Length);
        input.Span[..taken].CopyTo(_header.AsSpan(_headerBytes));
        input = input[taken..];
        _headerBytes += taken;
        if (_headerBytes < HeaderLength) return;
        if (_header[0] is not ((byte)ContainerStream.Output or (byte)ContainerStream.Error) || _header[1] != 0 || _header[2] != 0 || _header[3] != 0)
            throw new InvalidDataException($"A frame starts with {Convert.ToHexStringLower(_header)}, which names no stream of a container.");
        _left = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        _headerBytes = 0;
    }
}
