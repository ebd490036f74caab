using System.Globalization;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Maven;

/// <summary>Which build of a snapshot a file is: <c>20261121.065219-2</c>.</summary>
/// <param name="Timestamp">Date and time in UTC, as it is written.</param>
/// <param name="Number">The number of the build.</param>
internal readonly record struct MavenBuild(string Timestamp, int Number) : IComparable<MavenBuild>
{
    /// <summary>The build that a timestamped file name carries.</summary>
    internal static MavenBuild Of(MavenFilePath path)
    {
        var parts = path.FileVersion.Split('-');
        return new MavenBuild(parts[^2], int.Parse(parts[^1], CultureInfo.InvariantCulture));
    }

    public int CompareTo(MavenBuild other) => string.CompareOrdinal(Timestamp, other.Timestamp) is not 0 and var order ? order : Number.CompareTo(other.Number);
}
