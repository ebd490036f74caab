using System.Buffers.Binary;
using Pyrsia.Contracts;

namespace Pyrsia.Content.Exchange;

/// <summary>What a peer is asked for on an exchange stream.</summary>
public enum ExchangeRequestKind : byte
{
    /// <summary>The chunk hashes of some content, and which chunks the peer holds.</summary>
    Describe = 1,

    /// <summary>A run of chunks.</summary>
    Chunks = 2,
}

/// <summary>How a peer answers, before the bytes.</summary>
public enum ExchangeStatus : byte
{
    /// <summary>The bytes follow.</summary>
    Ok = 0,

    /// <summary>The peer does not hold this; nothing follows.</summary>
    NotHeld = 1,

    /// <summary>The peer has no capacity now; nothing follows.</summary>
    Busy = 2,
}

/// <summary>One request: 41 bytes.</summary>
/// <remarks>
/// <code>
/// 0      1                33             37            41
/// | kind | SHA-256 digest | first (BE)   | count (BE)   |
/// </code>
/// </remarks>
/// <param name="Kind">What is asked for.</param>
/// <param name="Digest">Of which content.</param>
/// <param name="Run">Which chunks; zero for <see cref="ExchangeRequestKind.Describe"/>.</param>
public readonly record struct ExchangeRequest(ExchangeRequestKind Kind, Digest Digest, ChunkRun Run)
{
    /// <summary>Bytes of a request.</summary>
    public const int Length = 1 + Digest.Length + 4 + 4;

    /// <summary>Writes the 41 bytes.</summary>
    public void Write(Span<byte> output)
    {
        output[0] = (byte)Kind;
        Digest.Bytes.CopyTo(output[1..]);
        BinaryPrimitives.WriteInt32BigEndian(output[33..], Run.First);
        BinaryPrimitives.WriteInt32BigEndian(output[37..], Run.Count);
    }

    /// <summary>Reads 41 bytes; false when they are no request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ExchangeRequest request)
    {
        request = default;
        if (bytes.Length != Length) return false;
        var run = new ChunkRun(BinaryPrimitives.ReadInt32BigEndian(bytes[33..]), BinaryPrimitives.ReadInt32BigEndian(bytes[37..]));
        var kind = (ExchangeRequestKind)bytes[0];
        var valid = kind switch
        {
            ExchangeRequestKind.Describe => run == default,
            ExchangeRequestKind.Chunks => run.First >= 0 && run.Count is >= 1 and <= ExchangeOptions.MaxRun && run.First <= int.MaxValue - run.Count,
            _ => false,
        };
        if (valid) request = new ExchangeRequest(kind, new Digest(bytes.Slice(1, Digest.Length)), run);
        return valid;
    }
}

/// <summary>What stands before the bytes of every answer: a status, and how many bytes follow.</summary>
/// <param name="Status">Whether bytes follow.</param>
/// <param name="Bytes">How many.</param>
public readonly record struct ExchangeAnswer(ExchangeStatus Status, int Bytes)
{
    /// <summary>Bytes of this header.</summary>
    public const int Length = 5;

    /// <summary>Writes the 5 bytes.</summary>
    public void Write(Span<byte> output)
    {
        output[0] = (byte)Status;
        BinaryPrimitives.WriteInt32BigEndian(output[1..], Bytes);
    }

    /// <summary>Reads the header; false when it is none, or names more bytes than <paramref name="limit"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int limit, out ExchangeAnswer answer)
    {
        answer = default;
        if (bytes.Length != Length) return false;
        var candidate = new ExchangeAnswer((ExchangeStatus)bytes[0], BinaryPrimitives.ReadInt32BigEndian(bytes[1..]));
        if (candidate.Status > ExchangeStatus.Busy || candidate.Bytes < 0 || candidate.Bytes > limit || (candidate.Status != ExchangeStatus.Ok && candidate.Bytes != 0)) return false;
        answer = candidate;
        return true;
    }
}
