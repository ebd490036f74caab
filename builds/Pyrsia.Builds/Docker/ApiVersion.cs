using System.Globalization;

namespace Pyrsia.Builds.Docker;

/// <summary>A version of the engine's interface, such as 1.41.</summary>
/// <param name="Major">Before the dot.</param>
/// <param name="Minor">After it.</param>
internal readonly record struct ApiVersion(int Major, int Minor)
{
    /// <summary>The oldest that has all that is called here.</summary>
    internal static readonly ApiVersion Oldest = new(1, 41);

    /// <summary>The newest that what is called here was written for; a newer engine speaks it too.</summary>
    internal static readonly ApiVersion Newest = new(1, 47);

    /// <summary>Reads one; false when it is none.</summary>
    internal static bool TryParse(string? text, out ApiVersion version)
    {
        version = default;
        if (text?.Split('.') is not [var major, var minor]) return false;
        if (!int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)) return false;
        version = new ApiVersion(first, second);
        return true;
    }

    /// <summary>The version to speak with an engine.</summary>
    /// <exception cref="DockerEngineException">There is none.</exception>
    internal static ApiVersion Agree(string? engine)
    {
        if (!TryParse(engine, out var theirs)) throw new DockerEngineException($"The engine names '{engine}' as the version of its interface.");
        if (theirs.CompareTo(Oldest) < 0) throw new DockerEngineException($"The engine speaks version {theirs} of its interface; {Oldest} or newer is needed.");
        return theirs.CompareTo(Newest) < 0 ? theirs : Newest;
    }

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private int CompareTo(ApiVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));
}
