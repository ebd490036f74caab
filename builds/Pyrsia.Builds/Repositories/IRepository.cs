namespace Pyrsia.Builds.Repositories;

/// <summary>How a repository answers.</summary>
public enum RepositoryAnswer
{
    /// <summary>The file was written.</summary>
    Found,

    /// <summary>There is no such file, for sure.</summary>
    NotFound,

    /// <summary>Policy refuses it.</summary>
    Refused,

    /// <summary>Nobody can say now.</summary>
    Unavailable,
}

/// <summary>Where a build's dependencies come from: what a Pyrsia node serves, and so has verified. <see cref="RepositoryBelow"/> is one of its routes.</summary>
public interface IRepository
{
    /// <summary>Gets a file.</summary>
    /// <param name="path">Its path in the repository layout.</param>
    /// <param name="into">Takes its bytes, when there are any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken);
}
