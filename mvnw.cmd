@echo off
rem Runs Maven for this project: with an installed mvn that is new enough, or else with one that is
rem downloaded once, its checksum verified. Maven itself gets a JDK 25 where one can be found.
setlocal EnableDelayedExpansion
set "MVNW_VERSION=3.9.11"
set "MVNW_SHA512=03e2d65d4483a3396980629f260e25cac0d8b6f7f2791e4dc20bc83f9514db8d0f05b0479e699a5f34679250c49c8e52e961262ded468a20de0be254d8207076"
if not defined MVNW_ARCHIVE set "MVNW_ARCHIVE=https://archive.apache.org/dist/maven"
set "MVNW_JDK="

if defined JAVA_HOME call :consider "%JAVA_HOME%"
for /d %%d in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\jdk*" "%USERPROFILE%\.jdks\*" "%USERPROFILE%\.sdkman\candidates\java\*") do call :consider "%%~d"
if not defined MVNW_JDK (
  echo mvnw: no JDK 25 found. Install one, for example Eclipse Temurin 25, and set JAVA_HOME to its folder. 1>&2
  exit /b 1
)
set "JAVA_HOME=%MVNW_JDK%"
set "MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED %MAVEN_OPTS%"

set "MVNW_MAVEN="
for /f "tokens=3" %%v in ('mvn --version 2^>nul ^| findstr /b /c:"Apache Maven"') do call :maven %%v
if not defined MVNW_MAVEN call :download || exit /b 1
cd /d "%~dp0"
call "%MVNW_MAVEN%" %*
exit /b %ERRORLEVEL%

:consider
if defined MVNW_JDK exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
for /f "tokens=2 delims=. " %%v in ('""%~1\bin\javac.exe" -version 2^>^&1"') do if %%v GEQ 25 set "MVNW_JDK=%~1"
exit /b 0

:maven
for /f "tokens=1-3 delims=." %%a in ("%1") do (
  set /a MVNW_NUMBER=%%a*10000+%%b*100+%%c 2>nul
  if !MVNW_NUMBER! GEQ 30807 set "MVNW_MAVEN=mvn"
)
exit /b 0

:download
set "MVNW_DISTS=%USERPROFILE%\.m2\wrapper\dists"
set "MVNW_MAVEN=%MVNW_DISTS%\apache-maven-%MVNW_VERSION%\bin\mvn.cmd"
if exist "%MVNW_MAVEN%" exit /b 0
echo mvnw: no Maven 3.8.7 or newer is installed, downloading %MVNW_VERSION% 1>&2
powershell -NoProfile -Command "$ErrorActionPreference='Stop'; $ProgressPreference='SilentlyContinue'; New-Item -ItemType Directory -Force $env:MVNW_DISTS | Out-Null; $zip=Join-Path $env:MVNW_DISTS ('maven-'+[guid]::NewGuid()+'.zip'); try { Invoke-WebRequest ($env:MVNW_ARCHIVE+'/maven-3/'+$env:MVNW_VERSION+'/binaries/apache-maven-'+$env:MVNW_VERSION+'-bin.zip') -OutFile $zip; if ((Get-FileHash $zip -Algorithm SHA512).Hash -ne $env:MVNW_SHA512) { throw 'the downloaded Maven does not have the expected SHA-512' }; Expand-Archive $zip $env:MVNW_DISTS } finally { Remove-Item $zip -ErrorAction SilentlyContinue }"
if errorlevel 1 (
  echo mvnw: could not download Maven; install Maven 3.8.7 or newer instead. 1>&2
  exit /b 1
)
exit /b 0
