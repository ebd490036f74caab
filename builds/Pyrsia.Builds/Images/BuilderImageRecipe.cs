using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Images;

/// <summary>What a builder image is made of. Two machines that see the same packages make the same bytes of it.</summary>
public sealed partial record BuilderImageRecipe
{
    /// <summary>Time that stands in the image where nothing older does: the first second of 2025, in seconds since 1970. Late enough for every archive format.</summary>
    public const long DefaultEpoch = 1735689600;

    /// <summary>What a Maven build needs.</summary>
    public static readonly IReadOnlyList<string> DefaultPackages = ["ca-certificates", "git", "maven", "openjdk-17-jdk-headless", "socat"];

    /// <summary>Code name of the Debian release.</summary>
    public string Suite { get; init; } = "bookworm";

    /// <summary>Packages beside the essential ones; what they recommend is left out.</summary>
    public IReadOnlyList<string> Packages { get; init; } = DefaultPackages;

    /// <summary>Seconds since 1970 that no time in the image is later than.</summary>
    public long Epoch { get; init; } = DefaultEpoch;

    /// <summary>Digest of the recipe, which is not that of the image: packages change with the mirror.</summary>
    public Digest Key => Digest.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Epoch}\n{string.Join('\n', Mmdebstrap.Arguments(this, [], ""))}")));

    internal IEnumerable<string> Ordered => Packages.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A name is malformed.</exception>
    internal void Check()
    {
        if (!Name().IsMatch(Suite)) throw new ArgumentException($"'{Suite}' is no name of a Debian release.");
        foreach (var package in Packages)
            if (!Name().IsMatch(package)) throw new ArgumentException($"'{package}' is no name of a Debian package.");
        ArgumentOutOfRangeException.ThrowIfNegative(Epoch);
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]{1,80}\z")]
    private static partial Regex Name();
}
