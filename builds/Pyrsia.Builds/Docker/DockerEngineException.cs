using System.Net;

namespace Pyrsia.Builds.Docker;

/// <summary>The engine refused a call, or answered what its interface does not allow.</summary>
public sealed class DockerEngineException : Exception
{
    /// <summary>With the engine's own words.</summary>
    public DockerEngineException(string message, HttpStatusCode? status = null) : base(message) => Status = status;

    /// <summary>With what it came from.</summary>
    public DockerEngineException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public DockerEngineException()
    {
    }

    /// <summary>Status of the answer; null when there was none or it was not the trouble.</summary>
    public HttpStatusCode? Status { get; }
}
