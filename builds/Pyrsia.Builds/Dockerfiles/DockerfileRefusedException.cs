namespace Pyrsia.Builds.Dockerfiles;

/// <summary>A Dockerfile says what builders that must agree do not do; the message says what.</summary>
public sealed class DockerfileRefusedException : Exception
{
    /// <summary>With what is wrong.</summary>
    public DockerfileRefusedException(string message) : base(message)
    {
    }

    /// <summary>With what is wrong and what it came from.</summary>
    public DockerfileRefusedException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public DockerfileRefusedException()
    {
    }
}
