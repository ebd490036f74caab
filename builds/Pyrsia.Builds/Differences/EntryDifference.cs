namespace Pyrsia.Builds.Differences;

/// <summary>In what way two archives differ in one entry.</summary>
public enum EntryDifferenceKind
{
    /// <summary>Only the first archive has it.</summary>
    OnlyInFirst,

    /// <summary>Only the second archive has it.</summary>
    OnlyInSecond,

    /// <summary>It has other bytes.</summary>
    Content,

    /// <summary>It has the same bytes and another time.</summary>
    Time,

    /// <summary>It has the same bytes and other attributes, such as the permissions of a file.</summary>
    Attributes,

    /// <summary>It has the same bytes and stands elsewhere among the entries.</summary>
    Order,
}

/// <summary>One entry in which two archives differ.</summary>
/// <param name="Name">The entry's name, as the archives have it.</param>
/// <param name="Kind">In what way.</param>
/// <param name="Detail">What the one and the other have.</param>
public sealed record EntryDifference(string Name, EntryDifferenceKind Kind, string Detail);
