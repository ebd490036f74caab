using System.Runtime.CompilerServices;

namespace Pyrsia.Libp2p;

/// <summary>The ranges that options have in common.</summary>
internal static class OptionRange
{
    /// <summary>Refuses a time that is not more than zero, or longer than <see cref="Libp2pHostOptions.LongestWait"/>.</summary>
    public static void Time(TimeSpan value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Libp2pHostOptions.LongestWait, name);
    }

    /// <summary>The same of two, of which the one is no longer than the other.</summary>
    public static void Times(TimeSpan shortest, TimeSpan longest, [CallerArgumentExpression(nameof(longest))] string? name = null)
    {
        Time(shortest, name);
        Time(longest, name);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, shortest, name);
    }

    /// <summary>Refuses a number below one.</summary>
    public static void Count(long value, [CallerArgumentExpression(nameof(value))] string? name = null) => ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
}
