// softmax_one and its gradient, run on refsoft's vectors; for a little-endian machine.
//
//   refsoft vectors --variant softmax_one --quick --raw --out vectors
//   g++ -std=c++17 -O2 softmax_one_vectors.cpp -o softmax_one
//   ./softmax_one vectors results right
//   refsoft check --vectors vectors --results results --variant softmax_one

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using Row = std::vector<float>;
struct Tensor { std::string file; std::vector<size_t> shape; };

// A line of the index: case, role, dtype, file, number of axes, their lengths.
std::map<std::string, std::map<std::string, Tensor>> read_index(const std::string& folder) {
    std::map<std::string, std::map<std::string, Tensor>> cases;
    std::ifstream index(folder + "/index.tsv");
    for (std::string line, name, role, dtype; std::getline(index, line);) {
        std::istringstream fields(line);
        Tensor tensor;
        size_t axes = 0;
        fields >> name >> role >> dtype >> tensor.file >> axes;
        tensor.shape.resize(axes);
        for (size_t& length : tensor.shape) fields >> length;
        cases[name][role] = tensor;
    }
    return cases;
}

Row read(const std::string& folder, const Tensor& tensor) {
    size_t count = 1;
    for (size_t length : tensor.shape) count *= length;
    Row values(count);
    std::ifstream file(folder + "/" + tensor.file, std::ios::binary);
    file.read(reinterpret_cast<char*>(values.data()), count * sizeof(float));
    return values;
}

void write(const std::string& path, const Row& values) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

void softmax_one(const float* x, float* y, size_t n, bool right) {
    // The 1 is a score of 0: the maximum is taken over it too, and it is scaled like the rest.
    float top = right ? 0.0f : -INFINITY, sum = 0.0f;
    for (size_t i = 0; i < n; ++i) top = std::max(top, x[i]);
    for (size_t i = 0; i < n; ++i) sum += y[i] = std::exp(x[i] - top);
    for (size_t i = 0; i < n; ++i) y[i] /= (right ? std::exp(-top) : 1.0f) + sum;
}

void gradient(const float* y, const float* g, float* dx, size_t n) {
    float mean = 0.0f;
    for (size_t i = 0; i < n; ++i) mean += g[i] * y[i];
    for (size_t i = 0; i < n; ++i) dx[i] = y[i] * (g[i] - mean);
}

int main(int argc, char** argv) {
    if (argc != 4) return std::cerr << "usage: softmax_one VECTORS RESULTS right|wrong\n", 2;
    const std::string folder = argv[1], results = argv[2];
    std::filesystem::create_directories(results);
    const auto cases = read_index(folder);
    for (const auto& [name, roles] : cases) {
        const Row x = read(folder, roles.at("x"));
        const size_t n = std::max<size_t>(roles.at("x").shape.back(), 1);
        Row y(x.size());
        for (size_t i = 0; i < x.size(); i += n) softmax_one(&x[i], &y[i], n, argv[3][0] == 'r');
        write(results + "/" + name + ".y.bin", y);
        if (!roles.count("g")) continue;
        const Row g = read(folder, roles.at("g"));  // one cotangent after the other
        Row dx(g.size());
        for (size_t i = 0; i < g.size(); i += n) gradient(&y[i % y.size()], &g[i], &dx[i], n);
        write(results + "/" + name + ".dx.bin", dx);
    }
    std::cout << cases.size() << " cases\n";
}
