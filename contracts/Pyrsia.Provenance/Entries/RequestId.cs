using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Entries;

/// <summary>Names a build request: SHA-256 of its signed payload, which holds the chain id and a nonce.</summary>
public readonly record struct RequestId(Digest Value) : IComparable<RequestId>
{
    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RequestId id)
    {
        var ok = Digest.TryParse("sha256:" + text, out var digest);
        id = new RequestId(digest);
        return ok;
    }

    /// <inheritdoc/>
    public int CompareTo(RequestId other) => Value.CompareTo(other.Value);

    /// <summary>Order by bytes.</summary>
    public static bool operator <(RequestId left, RequestId right) => left.CompareTo(right) < 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator <=(RequestId left, RequestId right) => left.CompareTo(right) <= 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >(RequestId left, RequestId right) => left.CompareTo(right) > 0;

    /// <summary>Order by bytes.</summary>
    public static bool operator >=(RequestId left, RequestId right) => left.CompareTo(right) >= 0;

    /// <summary>The 64 hexadecimal digits.</summary>
    public override string ToString() => Value.Hex;
}
